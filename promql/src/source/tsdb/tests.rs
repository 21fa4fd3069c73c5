use super::*;
use crate::model::MatchOp;
use crate::source::{RowData, RowSink};
use std::cell::Cell;
use std::fs;
use std::ops::ControlFlow;

thread_local! {
    /// Checksums are taken to be right on this thread: what they keep out must do no harm either.
    pub(super) static TRUSTING: Cell<bool> = const { Cell::new(false) };
}

/// A copy of a real data directory that a test may damage; removed at the end.
struct Copy(PathBuf);

impl Copy {
    fn of(from: &Path, name: &str) -> Self {
        let to = std::env::temp_dir().join(format!("promql-tsdb-{}-{name}", std::process::id()));
        copy(from, &to);
        Copy(to)
    }

    /// Of a large one; none where there is no such directory.
    fn new(name: &str) -> Option<Self> {
        let folder = std::env::var_os("PROMQL_RECORDED").map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/selfscrape"),
            PathBuf::from,
        );
        let from = folder.join("st/data");
        if !from.is_dir() {
            println!("skipped: no data directory is here, see PROMQL_RECORDED");
            return None;
        }
        Some(Copy::of(&from, name))
    }

    fn files(&self) -> Vec<PathBuf> {
        let (mut files, mut folders) = (Vec::new(), vec![self.0.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files.sort();
        files
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::write(&target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

/// Reads everything; the number of samples.
fn read_all(folder: &Path) -> Result<usize, SourceError> {
    struct Count(usize);
    impl RowSink for Count {
        fn row(&mut self, _: usize, data: RowData<'_>) -> ControlFlow<()> {
            let RowData::Columns { floats, histograms } = data;
            self.0 += floats.values.len() + histograms.values.len();
            ControlFlow::Continue(())
        }
    }
    let source = TsdbSource::open(folder)?;
    source.names(&[])?;
    source.values("job", &[])?;
    let matcher = Matcher::new("__name__", MatchOp::Regex, "[a-z].*").unwrap();
    let span = TimeSpan { start: i64::MIN, end: i64::MAX };
    let set = TsdbSet::select(&source.0, &[matcher], span, false)?;
    let mut count = Count(0);
    let rows: Vec<u32> = (0..crate::source::SeriesSet::len(&set) as u32).collect();
    crate::source::SeriesSet::read(&set, &rows, span, &mut count)?;
    Ok(count.0)
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit.max(1)
    }
}

#[test]
fn truncated_files_are_told_or_answered() {
    let Some(copy) = Copy::new("truncated") else { return };
    let whole = read_all(&copy.0).unwrap();
    assert!(whole > 3000, "{whole}");
    let (files, mut random) = (copy.files(), Random(1));
    let mut told = 0;
    for nth in 0..200 {
        let path = &files[nth % files.len()];
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..random.below(bytes.len())]).unwrap();
        match read_all(&copy.0) {
            Ok(count) => assert!(count <= whole, "{count} samples of {whole}"),
            Err(error) => {
                let name = path.file_name().unwrap().to_string_lossy();
                assert!(error.to_string().contains(&*name), "{error}");
                told += 1;
            }
        }
        fs::write(path, bytes).unwrap();
    }
    assert!(told > 100, "{told}");
    assert_eq!(read_all(&copy.0).unwrap(), whole);
}

/// The small directories of every kind, see their README.
fn made(test: &str) -> Vec<Copy> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/tsdb");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let folders = entries.filter(|path| path.is_dir());
    let copy = |path: PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        Copy::of(&path.join("data"), &format!("{test}-{name}"))
    };
    folders.map(copy).collect()
}

#[test]
fn truncated_files_of_every_kind_are_told_or_answered() {
    let (mut random, mut told) = (Random(3), 0);
    for copy in made("truncated") {
        for path in copy.files() {
            let bytes = fs::read(&path).unwrap();
            for _ in 0..8 {
                fs::write(&path, &bytes[..random.below(bytes.len())]).unwrap();
                if let Err(error) = read_all(&copy.0) {
                    let name = path.file_name().unwrap().to_string_lossy();
                    assert!(error.to_string().contains(&*name), "{error}");
                    told += 1;
                }
            }
            fs::write(&path, bytes).unwrap();
        }
    }
    assert!(told > 300, "{told}");
}

/// Changes single bytes; how often that was told.
fn flip(copy: &Copy, flips: usize) -> usize {
    let (files, mut random) = (copy.files(), Random(2));
    let mut told = 0;
    for _ in 0..flips {
        let path = &files[random.below(files.len())];
        let mut bytes = fs::read(path).unwrap();
        if bytes.is_empty() {
            continue;
        }
        let at = random.below(bytes.len());
        let before = bytes[at];
        bytes[at] ^= 1 + random.below(255) as u8;
        fs::write(path, &bytes).unwrap();
        told += usize::from(read_all(&copy.0).is_err());
        bytes[at] = before;
        fs::write(path, bytes).unwrap();
    }
    told
}

#[test]
fn flipped_bytes_are_told_or_answered() {
    if let Some(copy) = Copy::new("flipped") {
        assert!(flip(&copy, 5000) > 1000);
    }
    let told: usize = made("flipped").iter().map(|copy| flip(copy, 300)).sum();
    assert!(told > 2000, "{told}");
}

#[test]
fn flipped_bytes_do_no_harm_where_checksums_do_not_see_them() {
    TRUSTING.set(true);
    if let Some(copy) = Copy::new("trusting") {
        flip(&copy, 5000);
    }
    for copy in made("trusting") {
        flip(&copy, if copy.0.to_string_lossy().contains("zstd") { 4000 } else { 300 });
    }
    TRUSTING.set(false);
}

#[test]
fn what_is_no_data_directory_is_told() {
    let folder = std::env::temp_dir().join(format!("promql-tsdb-{}-empty", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    assert!(!TsdbSource::is_data_directory(&folder));
    let error = TsdbSource::open(&folder).err().unwrap().to_string();
    assert!(error.ends_with("neither blocks nor a write-ahead log are here"), "{error}");
    fs::create_dir(folder.join("wal")).unwrap();
    assert!(TsdbSource::is_data_directory(&folder));
    assert!(TsdbSource::open(&folder).unwrap().time_span().is_none());
    fs::remove_dir_all(&folder).unwrap();
}
