//! Over which grid each expression is evaluated, in one pass from the root.

use super::durations::{Allowed, QueryTimes, evaluate};
use super::invariant::Wrapped;
use super::{PlanError, PlanOptions};
use crate::aggregations::AggregatorInfo;
use crate::check::Checked;
use crate::functions::{Shape, Stats};
use crate::model::{Grid, Millis};
use crate::operators::operator;
use promql_grammar::Ast;
use promql_grammar::ast::{At, BinaryOp, ExprId, Kind, Modifiers};
use smallvec::{SmallVec, smallvec};

/// Where an expression stands, seen from the root.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The evaluation times of the expression as its consumer sees it.
    pub outer: Grid,
    /// The evaluation times inside; one point if the expression is evaluated once and repeated.
    pub grid: Grid,
    /// Inside the parameter of an aggregation, which Prometheus does not prepare like the rest.
    pub in_parameter: bool,
    /// What is pinned here is evaluated so much later than it says; see [`slip`].
    slip: Millis,
    /// Nobody looks at the values, only at whether and when there are some.
    pub presence_only: bool,
    /// What the way from here to the root says about statistics-only reading of histograms.
    stats: StatsPath,
}

/// What the expressions from a place outwards do to the wish to read statistics only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StatsPath {
    /// They leave it as it is.
    Same,
    /// They decide.
    Fixed(bool),
}

impl StatsPath {
    fn apply(self, wish: bool) -> bool {
        match self {
            StatsPath::Same => wish,
            StatsPath::Fixed(decided) => decided,
        }
    }

    fn through(self, stats: Stats) -> Self {
        match stats {
            Stats::On => StatsPath::Fixed(self.apply(true)),
            Stats::Off => StatsPath::Fixed(false),
            Stats::Neutral => self,
        }
    }
}

impl Place {
    /// A selector here reads histograms for their statistics only.
    pub(super) fn reads_stats(&self) -> bool {
        self.stats.apply(false)
    }
}

/// The range and the offset of a selector or subquery in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reach {
    pub range: Millis,
    pub offset: Millis,
    pub pinned: Option<Millis>,
    /// So much later than the pinned time Prometheus evaluates it; see [`slip`].
    pub slip: Millis,
}

/// The layout of a query.
pub(super) struct Layout {
    places: SmallVec<[Option<Place>; 8]>,
    reaches: SmallVec<[Reach; 8]>,
}

impl Layout {
    /// The place of an expression; none for those that are not evaluated.
    pub(super) fn place(&self, id: ExprId) -> Option<&Place> {
        self.places[id.index()].as_ref()
    }

    /// The reach of a selector, a range selector or a subquery.
    pub(super) fn reach(&self, id: ExprId) -> Reach {
        self.reaches[id.index()]
    }
}

/// Lays out all expressions that the root reaches. Parents stand behind their children, so one pass backwards does.
pub(super) fn lay_out(
    checked: &Checked,
    wrapped: &Wrapped,
    options: &PlanOptions,
    grid: Grid,
    times: QueryTimes,
) -> Result<Layout, PlanError> {
    let ast = checked.ast();
    let mut places: SmallVec<[Option<Place>; 8]> = smallvec![None; ast.nodes().len()];
    let mut reaches: SmallVec<[Reach; 8]> = smallvec![Reach::default(); ast.nodes().len()];
    let mut errors: Vec<(ExprId, PlanError)> = Vec::new();
    let inner = |id: ExprId, outer: Grid| if wrapped.contains(id) { once(outer) } else { outer };
    let root = ast.root();
    places[root.index()] = Some(Place {
        outer: grid,
        grid: inner(root, grid),
        in_parameter: false,
        slip: 0,
        presence_only: false,
        stats: StatsPath::Same,
    });
    for id in ast.ids().rev() {
        let Some(place) = places[id.index()] else { continue };
        let mut enter = |child: ExprId, seen: Place| {
            let grid = if seen.in_parameter { seen.outer } else { inner(child, seen.outer) };
            places[child.index()] = Some(Place { grid, ..seen });
        };
        let same = Place { outer: place.grid, ..place };
        let reach = |modifiers: &Modifiers, or_note: &mut dyn FnMut(Result<Millis, PlanError>) -> Millis| {
            let offset = modifiers.offset.map_or(Ok(0), |offset| evaluate(ast, offset, times, Allowed::Any));
            let offset = or_note(offset);
            let pinned = match modifiers.at {
                Some(At::Time(time)) => Some(time),
                // Prometheus never resolves these in the parameter of an aggregation.
                Some(At::Start | At::End) if place.in_parameter => None,
                Some(At::Start) => Some(options.start),
                Some(At::End) => Some(options.end),
                None => None,
            };
            Reach { range: 0, offset, pinned, slip: if pinned.is_some() { place.slip } else { 0 } }
        };
        let mut or_note = |millis: Result<Millis, PlanError>| {
            millis.unwrap_or_else(|error| {
                errors.push((id, error));
                1
            })
        };
        match &ast[id].kind {
            Kind::Number(_) | Kind::String(_) | Kind::Bad => {}
            Kind::Selector(selector) => {
                let range = reaches[id.index()].range;
                reaches[id.index()] = Reach { range, ..reach(&selector.modifiers, &mut or_note) };
            }
            Kind::Range { selector, range } => {
                enter(*selector, same);
                reaches[id.index()].range = or_note(evaluate(ast, *range, times, Allowed::Positive));
            }
            Kind::Subquery { expr, range, step, modifiers } => {
                let mut reach = reach(modifiers, &mut or_note);
                let step = match step {
                    Some(step) => or_note(evaluate(ast, *step, times, Allowed::Positive)),
                    None => options.default_subquery_step,
                };
                reach.range = or_note(evaluate(ast, *range, times, Allowed::Positive));
                let pinned = reach.pinned.map(|time| time.saturating_add(reach.slip));
                reaches[id.index()] = Reach { pinned, slip: 0, ..reach };
                let grid = subquery_grid(place.grid, reaches[id.index()], step);
                let slip = if grid.start == place.grid.start { slip(&place, reach) } else { 0 };
                enter(*expr, Place { outer: grid, stats: StatsPath::Fixed(false), slip, ..place });
            }
            Kind::Paren(inner) => enter(*inner, same),
            Kind::Unary { expr, .. } => enter(*expr, same),
            Kind::Call { args, .. } => {
                let function = checked.function(id);
                let stats = place.stats.through(function.stats);
                let evaluated = match function.shape {
                    Shape::Query(_) => 0,
                    Shape::Info => 1,
                    _ => args.len(),
                };
                for &arg in &args[..evaluated] {
                    enter(arg, Place { presence_only: function.presence_only, stats, ..same });
                }
            }
            Kind::Aggregate { op, args, .. } => {
                let &AggregatorInfo { stats, presence_only, .. } = AggregatorInfo::of(*op);
                let seen = Place { presence_only, stats: place.stats.through(stats), ..same };
                let (operand, params) = args.split_last().expect("a checked aggregation has an operand");
                enter(*operand, seen);
                for &param in params {
                    enter(param, Place { presence_only: false, in_parameter: true, ..seen });
                }
            }
            Kind::Binary { op, lhs, rhs, .. } => {
                let seen = Place { stats: place.stats.through(operator(*op).stats), ..same };
                // Set operators pass values on, and of the right side of most not even those.
                let presence_only = seen.presence_only && op.is_set();
                enter(*lhs, Place { presence_only, ..seen });
                let presence_only = presence_only || op.is_set() && *op != BinaryOp::Or;
                enter(*rhs, Place { presence_only, ..seen });
            }
        }
    }
    match first_error(ast, errors) {
        Some(error) => Err(error),
        None => Ok(Layout { places, reaches }),
    }
}

/// The error that Prometheus meets first, which walks parents first, operands from the left, and parameters of
/// aggregations last.
fn first_error(ast: &Ast, mut errors: Vec<(ExprId, PlanError)>) -> Option<PlanError> {
    if errors.len() < 2 {
        return errors.pop().map(|(_, error)| error);
    }
    let mut todo = vec![ast.root()];
    while let Some(id) = todo.pop() {
        if let Some(found) = errors.iter().position(|(failed, _)| *failed == id) {
            return Some(errors.swap_remove(found).1);
        }
        let children = todo.len();
        todo.extend(ast.children(id));
        if !matches!(ast[id].kind, Kind::Aggregate { .. }) {
            todo[children..].reverse();
        }
    }
    None
}

/// How far off pinned expressions are inside a subquery.
///
/// Prometheus turns `@` into an offset from the first step of the query, less the offsets of the subqueries around it,
/// and finds the offset anew for the steps of a subquery, but not if its first step is that of the query. The offset
/// that was taken off for the subquery is missing then.
fn slip(subquery: &Place, reach: Reach) -> Millis {
    let before = match reach.pinned {
        Some(time) => subquery.grid.start.saturating_sub(time),
        None => subquery.slip,
    };
    before.saturating_add(reach.offset)
}

/// The first step of a grid alone.
fn once(grid: Grid) -> Grid {
    Grid { len: grid.len.min(1), point: true, ..grid }
}

/// The grid inside a subquery: the multiples of its step that any window of the outer grid covers.
fn subquery_grid(outer: Grid, reach: Reach, step: Millis) -> Grid {
    if outer.len == 0 || step <= 0 {
        return Grid { len: 0, ..outer };
    }
    let (first, last) = match reach.pinned {
        // Every outer step looks at the same window.
        Some(time) => (time, time),
        None => (outer.start, outer.last()),
    };
    let after = first.saturating_sub(reach.offset).saturating_sub(reach.range);
    let mut start = after / step * step;
    if start <= after {
        start = start.saturating_add(step);
    }
    Grid::range(start, last.saturating_sub(reach.offset), step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subqueries_run_at_absolute_multiples_of_their_step() {
        let reach = |range, offset| Reach { range, offset, ..Reach::default() };
        let times = |outer, reach, step| subquery_grid(outer, reach, step).times().collect::<Vec<_>>();
        assert_eq!(times(Grid::at(100), reach(30, 0), 20), [80, 100]);
        assert_eq!(times(Grid::at(100), reach(20, 0), 20), [100]);
        assert_eq!(times(Grid::at(90), reach(20, 0), 60), Vec::<i64>::new());
        assert_eq!(times(Grid::range(0, 25, 10), reach(10, 5), 5), [-10, -5, 0, 5, 10, 15]);
        assert_eq!(times(Grid::at(-100), reach(30, 0), 20), [-120, -100]);
        let pinned = Reach { pinned: Some(40), ..reach(20, 0) };
        assert_eq!(times(Grid::range(0, 100, 10), pinned, 10), [30, 40]);
    }

    #[test]
    fn one_inner_step_is_a_point_only_if_the_window_ends_on_it() {
        assert!(subquery_grid(Grid::at(300), Reach { range: 60, ..Reach::default() }, 60).point);
        assert!(!subquery_grid(Grid::at(330), Reach { range: 60, ..Reach::default() }, 60).point);
    }
}
