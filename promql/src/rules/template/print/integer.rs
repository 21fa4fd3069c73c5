//! Integers in all of Go's formats.

use super::verb::{Flags, Printer};
use crate::model::is_printable;

/// The digits of a base.
#[derive(Clone, Copy)]
pub(super) enum Base {
    Binary,
    Octal,
    /// With `0o` before them.
    PrefixedOctal,
    Decimal,
    Hexadecimal,
    UpperHexadecimal,
}

impl Printer {
    /// A number of which the sign is apart.
    pub(super) fn integer(&mut self, negative: bool, size: u64, base: Base, flags: Flags) {
        let mut digits = match base {
            Base::Binary => format!("{size:b}"),
            Base::Octal | Base::PrefixedOctal => format!("{size:o}"),
            Base::Decimal => format!("{size}"),
            Base::Hexadecimal => format!("{size:x}"),
            Base::UpperHexadecimal => format!("{size:X}"),
        };
        let unpadded = Flags { zero: false, ..flags };
        let wanted = match (flags.precision, flags.width) {
            (Some(0), width) if size == 0 => {
                self.pad("", Flags { width: width.or(Some(0)), minus: false, ..unpadded });
                return;
            }
            (Some(precision), _) => precision,
            // Zeros stand on the left only.
            (None, Some(width)) if flags.zero && !flags.minus => {
                width - usize::from(width > 0 && (negative || flags.plus || flags.space))
            }
            _ => 0,
        };
        if digits.len() < wanted {
            digits.insert_str(0, &"0".repeat(wanted - digits.len()));
        }
        let prefix = match base {
            Base::Binary if flags.sharp => "0b",
            Base::Octal | Base::PrefixedOctal if flags.sharp && !digits.starts_with('0') => "0",
            Base::Hexadecimal if flags.sharp => "0x",
            Base::UpperHexadecimal if flags.sharp => "0X",
            _ => "",
        };
        let octal = if matches!(base, Base::PrefixedOctal) { "0o" } else { "" };
        let sign = match (negative, flags.plus, flags.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        self.pad(&format!("{sign}{octal}{prefix}{digits}"), unpadded);
    }

    /// `U+0041`, with the character too if `#` asks for it.
    pub(super) fn code_point(&mut self, code: u64, flags: Flags) {
        let digits = flags.precision.unwrap_or(4).max(4);
        let mut text = format!("U+{code:0digits$X}");
        let shown = u32::try_from(code).ok().and_then(char::from_u32).filter(|&c| is_visible(c));
        if let Some(c) = shown.filter(|_| flags.sharp) {
            text.push_str(&format!(" '{c}'"));
        }
        self.pad(&text, Flags { zero: false, ..flags });
    }
}

/// The character of a code; the replacement character if there is none.
pub(super) fn character(code: u64) -> char {
    u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn is_visible(c: char) -> bool {
    is_printable(c) && !c.is_ascii_control()
}
