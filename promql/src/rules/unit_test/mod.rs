//! Unit tests of rules, in promtool's format.
