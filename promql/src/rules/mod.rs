//! Rule files: what they contain and what it means.

pub mod template;
