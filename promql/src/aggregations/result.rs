//! Results of aggregations: rows in result order, with what only samples can decide.

use super::fold::{Folding, Partial, State};
use super::groups::{Groups, number};
use super::kept::Kept;
use super::mean::Means;
use super::quantile::{Gathered, Gathering};
use super::reduce::{Kernel, Reduction};
use super::sum::SumFold;
use super::top::TopFold;
use super::{AggregationError, AggregatorInfo};
use crate::column::{Heads, Note, Notes, PackedRows, Row, RowHead, Tile, bits};

/// The result of an aggregation. Every row has a sample.
#[derive(Clone, Debug, Default)]
pub struct Aggregated {
    /// Where each row comes from: the number of the input row under `topk` and its like, of the group elsewhere. The
    /// rows of `count_values` are new; they are numbered as they come.
    pub origins: Vec<u32>,
    /// What is known of each row.
    pub heads: Vec<RowHead>,
    /// The values.
    pub tile: Tile,
    /// The values of `count_values`, which are few in each of many rows; `tile` is empty then.
    pub packed: Option<PackedRows>,
    /// What is to be said.
    pub notes: Notes,
}

/// Reads rows again: hands over each of the listed rows over the whole grid, in that order.
pub type ReadRows<'a, E> = dyn FnMut(&[u32], &mut dyn FnMut(u32, Row<'_>)) -> Result<(), E> + 'a;

impl Folding {
    /// The result. `heads` are those of the input rows; `partial` has seen all of them. On rare paths (a sum that
    /// overflows on the way to a mean, members that disagree about their names) the rows of a group are read again.
    ///
    /// # Errors
    /// Those of `read`; a broken histogram.
    pub fn finish<E: From<AggregationError>>(
        &self,
        partial: Partial,
        heads: &Heads,
        read: &mut ReadRows<'_, E>,
    ) -> Result<Aggregated, E> {
        let mut result = match partial.state {
            State::Sum(fold) => self.sums(&fold, heads, read)?,
            State::Min(fold) => self.reduced(&fold),
            State::Max(fold) => self.reduced(&fold),
            State::Count(fold) => self.reduced(&fold),
            State::Variance(fold) => self.reduced(&fold),
            State::Top(fold) => self.best(&fold, heads),
            State::Limit(fold) => {
                let order = fold.groups().to_vec();
                self.kept(fold.kept, &order, heads)
            }
            // The groups of rows that were never read count too.
            State::Ratio(fold) => {
                let order: Vec<u32> = (0..number(self.groups.len())).collect();
                self.kept(fold.kept, &order, heads)
            }
            State::Values(fold) => {
                let (heads, packed) = fold.finish(&self.groups);
                Aggregated {
                    origins: (0..number(heads.len())).collect(),
                    heads,
                    packed: Some(packed),
                    ..Aggregated::default()
                }
            }
        };
        if partial.ignored {
            result.notes.raise(Note::IgnoredHistogramInGroup);
        }
        self.notes.iter().for_each(|note| result.notes.raise(note.clone()));
        if !AggregatorInfo::of(self.op).selects {
            let ignores = AggregatorInfo::of(self.op).ignores_histograms();
            result.decide_flags(&self.groups, ignores, heads, read)?;
        }
        Ok(result)
    }

    fn reduced<K: Kernel<L>, const L: usize>(&self, fold: &Reduction<K, L>) -> Aggregated {
        let mut tile = Tile::new(fold.groups().len(), self.grid.len);
        for slot in 0..fold.groups().len() {
            fold.write(slot, &mut tile.row_mut(slot));
        }
        Aggregated::of_groups(fold.groups().to_vec(), tile, &self.groups)
    }

    fn sums<E: From<AggregationError>>(
        &self,
        fold: &SumFold,
        heads: &Heads,
        read: &mut ReadRows<'_, E>,
    ) -> Result<Aggregated, E> {
        let name = |row: u32| heads[row as usize].labels.name();
        let mut notes = Notes::default();
        let mut tile = Tile::new(fold.groups().len(), self.grid.len);
        let mut open = vec![0; bits::words(self.grid.len)];
        for (slot, &group) in fold.groups().iter().enumerate() {
            fold.write(slot, &mut tile.row_mut(slot), &mut open, &mut notes, &name);
            if bits::any(&open) {
                let mut means = Means::new(&open);
                let mut added = Ok(());
                read(self.groups.members(group), &mut |number, row| {
                    if added.is_ok() {
                        added = means.add(number, row);
                    }
                })?;
                added?;
                means.write(&mut tile.row_mut(slot), &mut notes, &name);
                open.fill(0);
            }
        }
        Ok(Aggregated { notes, ..Aggregated::of_groups(fold.groups().to_vec(), tile, &self.groups) })
    }

    fn best(&self, fold: &TopFold, heads: &Heads) -> Aggregated {
        let origins = if self.grid.point {
            fold.ranking(&self.groups)
        } else {
            let mut wins = vec![0; bits::words(heads.len())];
            fold.winners(&mut |row, _, _| bits::set(&mut wins, row as usize));
            bits::iter(&wins).map(number).collect()
        };
        let mut places = vec![0; heads.len()];
        origins.iter().enumerate().for_each(|(place, &row)| places[row as usize] = place);
        let mut tile = Tile::new(origins.len(), self.grid.len);
        fold.winners(&mut |row, step, value| tile.row_mut(places[row as usize]).set_float(step, value));
        let mut result = Aggregated::of_rows(origins, tile, heads);
        if fold.ignored {
            result.notes.raise(Note::IgnoredHistogramInGroup);
        }
        result
    }

    /// Rows as they are; on a point grid group by group.
    fn kept(&self, kept: Kept, order: &[u32], heads: &Heads) -> Aggregated {
        let Kept { rows, tile } = kept;
        if !self.grid.point {
            return Aggregated::of_rows(rows, tile, heads);
        }
        let mut places = vec![0; self.groups.len()];
        order.iter().enumerate().for_each(|(place, &group)| places[group as usize] = place);
        let mut sorted: Vec<usize> = (0..rows.len()).collect();
        sorted.sort_by_key(|&index| places[self.groups.of(rows[index]) as usize]);
        let origins = sorted.iter().map(|&index| rows[index]).collect();
        Aggregated::of_rows(origins, picked(&tile, &sorted), heads)
    }
}

impl Gathering {
    /// The result of `tile`, one row a group, and of what was learnt about each. `heads` are those of the input rows.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn finish<E: From<AggregationError>>(
        &self,
        tile: Tile,
        gathered: &[Gathered],
        heads: &Heads,
        read: &mut ReadRows<'_, E>,
    ) -> Result<Aggregated, E> {
        let first = |group: u32| {
            let member = gathered.get(group as usize).and_then(|gathered| gathered.first_present)?;
            self.groups.members(group).get(member).copied()
        };
        let mut origins: Vec<u32> = (0..number(self.groups.len())).collect();
        origins.sort_by_key(|&group| first(group).unwrap_or(u32::MAX));
        let sorted = origins.is_sorted();
        let order: Vec<usize> = origins.iter().map(|&group| group as usize).collect();
        let tile = if sorted { tile } else { picked(&tile, &order) };
        let mut result = Aggregated::of_groups(origins, tile, &self.groups);
        if gathered.iter().any(|gathered| gathered.ignored_histogram) {
            result.notes.raise(Note::IgnoredHistogramInGroup);
        }
        self.notes.iter().for_each(|note| result.notes.raise(note.clone()));
        result.decide_flags(&self.groups, true, heads, read)?;
        Ok(result)
    }
}

impl Aggregated {
    /// One row a group; those that came to nothing are dropped.
    fn of_groups(mut origins: Vec<u32>, mut tile: Tile, groups: &Groups) -> Self {
        let full: Vec<usize> =
            (0..tile.rows()).filter(|&row| tile.row(row).present().any(|word| word != 0)).collect();
        if full.len() < tile.rows() {
            tile = picked(&tile, &full);
            origins = full.iter().map(|&row| origins[row]).collect();
        }
        let heads = origins.iter().map(|&group| groups.heads()[group as usize].clone()).collect();
        Aggregated { origins, heads, tile, ..Aggregated::default() }
    }

    fn of_rows(origins: Vec<u32>, tile: Tile, heads: &Heads) -> Self {
        let heads = origins.iter().map(|&row| heads[row as usize].clone()).collect();
        Aggregated { origins, heads, tile, ..Aggregated::default() }
    }

    /// Where members disagree about their names, those at the last step with a value decide.
    fn decide_flags<E>(
        &mut self,
        groups: &Groups,
        ignores_histograms: bool,
        heads: &Heads,
        read: &mut ReadRows<'_, E>,
    ) -> Result<(), E> {
        for (index, &group) in self.origins.iter().enumerate() {
            if !groups.is_undecided(group) {
                continue;
            }
            let row = self.tile.row(index);
            let Some(last) = (0..row.len()).rev().find(|&step| row.is_present(step)) else { continue };
            // A histogram that is left out has no say as long as the group has no other member.
            let (mut seen, mut flag) = (false, false);
            read(groups.members(group), &mut |number, row| {
                if row.is_present(last) {
                    let own = heads[number as usize].drop_name;
                    flag = if seen { flag | own } else { own };
                    seen |= !ignores_histograms || row.float(last).is_some();
                }
            })?;
            self.heads[index].drop_name = flag;
        }
        Ok(())
    }
}

/// The listed rows of a tile, in that order.
fn picked(tile: &Tile, rows: &[usize]) -> Tile {
    let mut picked = Tile::new(0, tile.len());
    rows.iter().for_each(|&row| picked.push(tile.row(row)));
    picked
}
