//! What a template takes from its data, with places: for checks of rules.

use std::ops::Range;

/// Something that a template refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What it is.
    pub what: Referenced,
    /// Where in the template, in bytes.
    pub span: Range<usize>,
}

/// What a template can refer to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Referenced {
    /// `$labels.NAME`, `.Labels.NAME` or `index $labels "NAME"`.
    Label(String),
    /// All labels at once.
    Labels,
    /// `$externalLabels.NAME` and its other forms.
    ExternalLabel(String),
    /// `$value` or `.Value`.
    Value,
    /// The text of `query "TEXT"`, if it is a constant.
    Query(String),
}

impl Referenced {
    /// What a variable with fields stands for; the dot of the data is `$`.
    pub(super) fn of_path(path: &[&str]) -> Option<Self> {
        let (of, rest) = match path {
            ["$", field, rest @ ..] => (*field, rest),
            ["$labels", rest @ ..] => ("Labels", rest),
            ["$externalLabels", rest @ ..] => ("ExternalLabels", rest),
            ["$value", rest @ ..] => ("Value", rest),
            _ => return None,
        };
        match (of, rest) {
            ("Labels", [name, ..]) => Some(Referenced::Label((*name).to_owned())),
            ("Labels", []) => Some(Referenced::Labels),
            ("ExternalLabels", [name, ..]) => Some(Referenced::ExternalLabel((*name).to_owned())),
            ("Value", _) => Some(Referenced::Value),
            _ => None,
        }
    }
}
