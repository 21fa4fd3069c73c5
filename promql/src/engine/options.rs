//! What an engine may and shall do.

use crate::model::Millis;

/// Options of an engine. The defaults are those of a Prometheus 3.16 server.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// How far an instant selector looks back, in milliseconds.
    pub lookback: Millis,
    /// The step of subqueries that give none, in milliseconds; a server uses its evaluation interval.
    pub default_subquery_step: Millis,
    /// The most samples that a query may hold at a time: those of results and of vectors that are needed whole, as
    /// a join needs one side. What only flows through is not counted, so a query may pass that fails at the same
    /// number in Prometheus, which counts every step's input; a histogram counts by its size as there.
    pub max_samples: usize,
    /// The most bytes of buffers that a query may hold at a time. This is what protects a service: where series come
    /// and go, a buffer is mostly empty, has few samples and takes its memory all the same.
    pub max_bytes: usize,
    /// Threads of the pool; 0 for one a core, 1 for none but the caller's.
    pub threads: usize,
    /// Parts of the language that are off by default.
    pub features: Features,
}

impl Default for EngineOptions {
    fn default() -> Self {
        EngineOptions {
            lookback: 300_000,
            default_subquery_step: 60_000,
            max_samples: 50_000_000,
            max_bytes: 4 << 30,
            threads: 0,
            features: Features::default(),
        }
    }
}

macro_rules! features {
    ($($(#[$doc:meta])* $field:ident = $name:literal,)*) => {
        /// Parts of the language and its semantics that are off by default, under the names of Prometheus' flags.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Features { $($(#[$doc])* #[doc = concat!("(`", $name, "`)")] pub $field: bool,)* }

        impl Features {
            /// The names of all flags that change something.
            pub const NAMES: &[&str] = &[$($name),*];

            /// Everything on.
            #[must_use]
            pub fn all() -> Self {
                Features { $($field: true),* }
            }

            /// Turns a feature on by the name of its flag. Flags that Prometheus 3.16 knows as no-ops are accepted.
            ///
            /// # Errors
            /// If there is no such flag.
            pub fn enable(&mut self, name: &str) -> Result<(), UnknownFeature> {
                match name {
                    $($name => self.$field = true,)*
                    name if NO_OPS.contains(&name) => {}
                    _ => return Err(UnknownFeature(name.to_owned())),
                }
                Ok(())
            }
        }
    };
}

features! {
    /// Functions and aggregators that may still change.
    experimental_functions = "promql-experimental-functions",
    /// `fill`, `fill_left`, `fill_right`.
    fill_modifiers = "promql-binop-fill-modifiers",
    /// Letters and dots in unquoted names.
    unquoted_utf8_names = "promql-unquoted-utf8-names",
    /// Metadata labels are removed once, at the end of the query.
    delayed_name_removal = "promql-delayed-name-removal",
    /// Counters are told by their `__type__` label instead of the end of their name.
    type_and_unit_labels = "type-and-unit-labels",
    /// Counter functions use the start times of samples.
    use_start_timestamps = "use-start-timestamps",
}

const NO_OPS: &[&str] = &[
    "promql-duration-expr",
    "promql-extended-range-selectors",
    "promql-per-step-stats",
    "promql-at-modifier",
    "promql-negative-offset",
    "native-histograms",
];

/// There is no feature of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown feature {name:?}, expected one of {names}", name = .0, names = Features::NAMES.join(", "))]
pub struct UnknownFeature(pub String);
