//! Many rows in the order of their labels.

use crate::column::RowHead;
use crate::model::Labels;

/// Sorts row numbers, which ascend, by labels. Rows of equal labels stay as they are.
pub(super) fn sort_by_labels(rows: &mut [u32], heads: &[RowHead]) {
    let labels = |row: u32| &heads[row as usize].labels;
    if rows.is_sorted_by_key(|&row| labels(row)) {
        return;
    }
    let mut common: Vec<&str> = labels(rows[0]).parts().collect();
    for &row in rows.iter() {
        let equal = common.iter().zip(labels(row).parts()).take_while(|(part, own)| *part == own).count();
        common.truncate(equal);
    }
    let mut keyed: Vec<(u128, u32)> = rows.iter().map(|&row| (key(labels(row), common.len()), row)).collect();
    keyed.sort_unstable_by(|(key, row), (other_key, other)| {
        key.cmp(other_key).then_with(|| labels(*row).cmp(labels(*other))).then(row.cmp(other))
    });
    rows.iter_mut().zip(keyed).for_each(|(row, (_, sorted))| *row = sorted);
}

/// A number that orders label sets as far as their first bytes do, without the names and values that they have in
/// common.
fn key(labels: &Labels, common: usize) -> u128 {
    let mut bytes = [0; 16];
    let mut free = bytes.iter_mut();
    'parts: for part in labels.parts().skip(common) {
        for &byte in part.as_bytes() {
            let Some(place) = free.next() else { break 'parts };
            // Zero stands behind each part. What it could be taken for is left to the labels themselves.
            *place = byte.max(1);
            if byte <= 1 {
                break 'parts;
            }
        }
        free.next();
    }
    u128::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sets() -> impl Strategy<Value = Vec<Vec<(String, String)>>> {
        let text = "[\\x00-\\x02ab\u{e9}]{0,3}|long(est)?[0-9]{0,20}";
        prop::collection::vec(prop::collection::vec((text, text), 0..4), 1..40)
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_the_labels(sets in sets(), prefix in 0..2_usize) {
            let common = [("a".to_owned(), "v".to_owned())];
            let heads: Vec<RowHead> = sets
                .iter()
                .map(|pairs| RowHead::new(Labels::from_pairs(common.iter().take(prefix).chain(pairs).cloned())))
                .collect();
            let mut rows: Vec<u32> = (0..u32::try_from(heads.len()).unwrap()).collect();
            let mut expected = rows.clone();
            expected.sort_by(|&a, &b| heads[a as usize].labels.cmp(&heads[b as usize].labels));
            sort_by_labels(&mut rows, &heads);
            prop_assert_eq!(rows, expected);
        }
    }
}
