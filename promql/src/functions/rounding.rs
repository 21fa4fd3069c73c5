//! `round` and the clamps: functions of one float with scalar arguments.

use super::{Arity, Function, Shape, max_of, min_of};
use crate::column::{Param, RowMut};
use crate::model::ValueType::{Scalar, Vector};

const WITH_BOUND: Function = Function { args: &[Vector, Scalar], ..Function::VECTOR };

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "round",
        doc: "Each sample rounded to the nearest multiple of the second argument (1 by default), ties upwards.",
        arity: Arity::Optional(1),
        shape: Shape::FloatsWith(|row, params| {
            round(row.values, params.first().copied().unwrap_or(Param::Const(1.0)));
        }),
        ..WITH_BOUND
    },
    Function {
        name: "clamp",
        doc: "Each sample limited to a lower and an upper bound; nothing if the lower is above the upper.",
        args: &[Vector, Scalar, Scalar],
        shape: Shape::FloatsWith(|row, params| clamp(row, params[0], params[1])),
        ..Function::VECTOR
    },
    Function {
        name: "clamp_min",
        doc: "Each sample limited to a lower bound.",
        shape: Shape::FloatsWith(|row, params| clamp(row, params[0], Param::Const(f64::INFINITY))),
        ..WITH_BOUND
    },
    Function {
        name: "clamp_max",
        doc: "Each sample limited to an upper bound.",
        shape: Shape::FloatsWith(|row, params| clamp(row, Param::Const(f64::NEG_INFINITY), params[0])),
        ..WITH_BOUND
    },
];

fn round(values: &mut [f64], nearest: Param<'_>) {
    // The inverse first: dividing by 0.1 gives other last bits than multiplying by 10.
    let round = |value: f64, inverse: f64| (value * inverse + 0.5).floor() / inverse;
    match nearest {
        Param::Const(nearest) => {
            let inverse = 1.0 / nearest;
            for value in values {
                *value = round(*value, inverse);
            }
        }
        Param::Row(nearest) => {
            for (value, nearest) in values.iter_mut().zip(nearest) {
                *value = round(*value, 1.0 / nearest);
            }
        }
    }
}

fn clamp(row: &mut RowMut<'_>, low: Param<'_>, high: Param<'_>) {
    let clamp = |value, low, high| max_of(low, min_of(high, value));
    if let (Param::Const(low), Param::Const(high)) = (low, high) {
        if high < low {
            row.floats.fill(0);
            return;
        }
        for value in row.values.iter_mut() {
            *value = clamp(*value, low, high);
        }
        return;
    }
    for step in 0..row.len() {
        let (low, high) = (low.at(step), high.at(step));
        row.values[step] = clamp(row.values[step], low, high);
        if high < low {
            row.clear(step);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::Tile;
    use crate::functions::find;

    fn call(name: &str, values: &[f64], params: &[Param<'_>]) -> Vec<Option<f64>> {
        let Some(Function { shape: Shape::FloatsWith(kernel), .. }) = find(name) else { panic!("{name}") };
        let mut tile = Tile::new(1, values.len());
        let mut row = tile.row_mut(0);
        for (step, &value) in values.iter().enumerate() {
            row.set_float(step, value);
        }
        kernel(&mut row, params);
        (0..values.len()).map(|step| tile.row(0).float(step)).collect()
    }

    #[test]
    fn ties_round_up() {
        let rounded = call("round", &[0.5, -0.5, 2.4, -2.5], &[]);
        assert_eq!(rounded, [Some(1.0), Some(0.0), Some(2.0), Some(-2.0)]);
        assert_eq!(call("round", &[2.678], &[Param::Const(0.1)]), [Some(2.7)]);
        assert!(call("round", &[1.0], &[Param::Const(0.0)])[0].is_some_and(f64::is_nan));
        assert_eq!(call("round", &[7.0, 7.0], &[Param::Row(&[5.0, 2.0])]), [Some(5.0), Some(8.0)]);
    }

    #[test]
    fn crossed_bounds_leave_nothing() {
        assert_eq!(call("clamp", &[1.0, 2.0], &[Param::Const(5.0), Param::Const(-5.0)]), [None, None]);
        let varying = [Param::Row(&[0.0, 5.0, 0.0]), Param::Const(3.0)];
        assert_eq!(call("clamp", &[-1.0, 1.0, 4.0], &varying), [Some(0.0), None, Some(3.0)]);
    }

    #[test]
    fn a_bound_that_is_nan_gives_nan() {
        for name in ["clamp_min", "clamp_max"] {
            assert!(call(name, &[1.0], &[Param::Const(f64::NAN)])[0].is_some_and(f64::is_nan));
        }
        assert_eq!(call("clamp_min", &[-75.0], &[Param::Const(-25.0)]), [Some(-25.0)]);
        assert_eq!(call("clamp_max", &[75.0], &[Param::Const(25.0)]), [Some(25.0)]);
    }
}
