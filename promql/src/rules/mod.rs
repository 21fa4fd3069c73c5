//! Rule files: reading them with positions, expanding templates, evaluating rules, and testing them.
//!
//! Knows no files: names and texts come in, findings with places in the texts go out. Scheduling, notifying and
//! restoring state are a server's business.

mod alert;
mod decode;
mod duplicates;
mod evaluate;
mod expand;
mod fault;
mod file;
mod find;
mod group;
mod read;
pub mod template;
pub mod unit_test;
mod validate;
mod yaml;

pub use alert::{Alert, AlertState, Annotations};
pub use duplicates::duplicate_rules;
pub use evaluate::{RuleError, RuleSample, RuleState};
pub use expand::RuleContext;
pub use file::{Group, Rule, RuleFile};
pub use group::GroupState;
pub use read::{ReadOptions, Reading, read};
pub use yaml::Text;
