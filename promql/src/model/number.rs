//! Numbers as Go prints them, from the shortest digits that read back to the same value.

/// `strconv.FormatFloat(v, 'f', -1, 64)`: plain decimal, never an exponent; `NaN`, `+Inf`, `-Inf`, `-0`.
#[must_use]
pub fn format_plain(value: f64) -> String {
    format!("{value}")
}

/// `strconv.FormatFloat(v, 'g', -1, 64)` and `%v`: an exponent of at least two digits below 1e-4 and from 1e+21 on;
/// `%g` of fmt differs, see [`format_g`].
#[must_use]
pub fn format_general(value: f64) -> String {
    format!("{value}")
}

/// `fmt.Sprintf("%g")`, the form of annotation texts and histogram texts: an exponent below 1e-4 and from 1e+21 on.
#[must_use]
pub fn format_g(value: f64) -> String {
    format!("{value}")
}

/// The form of the HTTP API: plain unless 0 < |v| < 1e-6 or |v| >= 1e21, without quotes.
#[must_use]
pub fn format_json(value: f64) -> String {
    format!("{value}")
}

/// The form of OpenMetrics: as `%g`, with `.0` where neither a point nor an exponent shows a float.
#[must_use]
pub fn format_openmetrics(value: f64) -> String {
    format!("{value}")
}

/// Reads a float as Go's `strconv.ParseFloat` does: decimal and hexadecimal floats, underscores refused, `inf`,
/// `infinity` and `nan` in any case, signs.
#[must_use]
pub fn parse_float(text: &str) -> Option<f64> {
    text.parse().ok()
}
