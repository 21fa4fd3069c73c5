//! One written series that stands for many: `repeat: {pod: 1..500, zone: [a, b]}`.

use crate::rules::decode::Decoder;
use crate::rules::yaml::{NodeId, Value};

/// No written series stands for more series than this.
const MOST_SERIES: usize = 1_000_000;

/// Names and the texts that take their places.
pub(super) type Repeat = Vec<(String, Vec<String>)>;

/// Reads the field: a map of names to lists of texts or to ranges of whole numbers.
pub(super) fn read_repeat(decoder: &mut Decoder<'_>, id: Option<NodeId>) -> Repeat {
    let Some(entries) = id.and_then(|id| decoder.entries(id, "repeat")) else { return Vec::new() };
    let mut repeat: Repeat = Vec::new();
    let mut count = 1usize;
    for (name, key, value) in entries {
        let texts = match decoder.tree.value(value) {
            Value::List(_) => {
                let items = decoder.list(Some(value), name);
                let texts = items.into_iter().filter_map(|id| decoder.text(Some(id), name));
                Some(texts.map(|text| text.as_str().to_owned()).collect())
            }
            Value::Scalar(scalar) => range(&scalar.text),
            Value::Map(_) => None,
        };
        let Some(texts) = texts else {
            decoder.wrong_type(value, name, "a list or a range such as 1..500");
            continue;
        };
        count = count.saturating_mul(texts.len());
        if count > MOST_SERIES {
            let message = format!("this makes {count} series, more than {MOST_SERIES}");
            decoder.error("repeat", decoder.tree.span(key), message);
            return Vec::new();
        }
        repeat.push((name.to_owned(), texts));
    }
    repeat
}

/// `1..3` is 1, 2, 3; `01..10` keeps two digits. Longer ranges than may be made come out one too long.
fn range(text: &str) -> Option<Vec<String>> {
    let (first, last) = text.split_once("..")?;
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u64>().ok().filter(|_| is_number)
    };
    let (from, to) = (number(first)?, number(last)?);
    let width = if first.starts_with('0') { first.len() } else { 0 };
    Some((from..=to).take(MOST_SERIES + 1).map(|value| format!("{value:0width$}")).collect())
}

/// Calls with each pair of texts in which every `${name}` is replaced; the last name changes fastest.
///
/// # Errors
/// A `${name}` that nothing repeats, or a name that the first text does not use.
pub(super) fn expand(
    repeat: &Repeat,
    series: &str,
    values: &str,
    mut each: impl FnMut(String, String),
) -> Result<(), String> {
    if repeat.is_empty() {
        each(series.to_owned(), values.to_owned());
        return Ok(());
    }
    for (name, _) in repeat {
        if !series.contains(&format!("${{{name}}}")) {
            return Err(format!("`${{{name}}}` must be part of `series`, or all series are the same"));
        }
    }
    let series = pieces(repeat, series)?;
    let values = pieces(repeat, values)?;
    let total = repeat.iter().map(|(_, texts)| texts.len()).product::<usize>();
    let mut chosen = vec![0; repeat.len()];
    for _ in 0..total {
        each(join(repeat, &chosen, &series), join(repeat, &chosen, &values));
        for (digit, (_, texts)) in chosen.iter_mut().zip(repeat).rev() {
            *digit += 1;
            if *digit < texts.len() {
                break;
            }
            *digit = 0;
        }
    }
    Ok(())
}

/// A text and the number of the name behind it.
type Piece<'a> = (&'a str, Option<usize>);

fn pieces<'a>(repeat: &Repeat, mut text: &'a str) -> Result<Vec<Piece<'a>>, String> {
    let mut pieces = Vec::new();
    while let Some(at) = text.find("${") {
        let (name, rest) = text[at + 2..].split_once('}').ok_or_else(|| "`${` has no `}`".to_owned())?;
        let nth = repeat.iter().position(|(known, _)| known == name).ok_or_else(|| {
            let known: Vec<&str> = repeat.iter().map(|(name, _)| name.as_str()).collect();
            format!("`${{{name}}}` is not among the names of `repeat`: {}", known.join(", "))
        })?;
        pieces.push((&text[..at], Some(nth)));
        text = rest;
    }
    pieces.push((text, None));
    Ok(pieces)
}

fn join(repeat: &Repeat, chosen: &[usize], pieces: &[Piece<'_>]) -> String {
    let mut out = String::new();
    for (text, nth) in pieces {
        out.push_str(text);
        if let Some(nth) = nth {
            out.push_str(&repeat[*nth].1[chosen[*nth]]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(repeat: &[(&str, &[&str])], series: &str, values: &str) -> Result<Vec<String>, String> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let repeat: Repeat = repeat.iter().map(|(name, texts)| ((*name).to_owned(), owned(texts))).collect();
        let mut out = Vec::new();
        expand(&repeat, series, values, |series, values| out.push(format!("{series} {values}")))?;
        Ok(out)
    }

    #[test]
    fn every_combination_is_a_series() {
        let repeat: [(&str, &[&str]); 2] = [("p", &["1", "2"]), ("z", &["a", "b"])];
        let all = expanded(&repeat, "up{p=\"${p}\",z=\"${z}\"}", "${p}x3").unwrap();
        assert_eq!(
            all,
            [
                "up{p=\"1\",z=\"a\"} 1x3",
                "up{p=\"1\",z=\"b\"} 1x3",
                "up{p=\"2\",z=\"a\"} 2x3",
                "up{p=\"2\",z=\"b\"} 2x3"
            ]
        );
        assert_eq!(expanded(&[], "up{p=\"${p}\"}", "1").unwrap(), ["up{p=\"${p}\"} 1"]);
    }

    #[test]
    fn names_that_do_not_fit_are_told() {
        let repeat: [(&str, &[&str]); 1] = [("p", &["1"])];
        assert!(expanded(&repeat, "up", "1").unwrap_err().contains("must be part of `series`"));
        assert!(expanded(&repeat, "up{p=\"${p}\",z=\"${z}\"}", "1").unwrap_err().contains("`${z}`"));
        assert!(expanded(&repeat, "up{p=\"${p}\"} ${", "1").is_err());
    }

    #[test]
    fn ranges_are_numbers() {
        assert_eq!(range("8..11").unwrap(), ["8", "9", "10", "11"]);
        assert_eq!(range("08..10").unwrap(), ["08", "09", "10"]);
        assert_eq!(range("2..1").unwrap(), [""; 0]);
        assert_eq!(range("0..99999999999").unwrap().len(), MOST_SERIES + 1);
        for bad in ["", "5", "a..b", "-1..2", "1..", "1...3"] {
            assert_eq!(range(bad), None, "{bad}");
        }
    }
}
