//! How much memory this process had at most, as the kernel counts it.

use std::fs;

/// Makes the kernel count from now on, where it can.
pub(crate) fn forget_peak() {
    // Elsewhere the peak is that of the whole run.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The peak in kilobytes, 0 where the kernel does not tell.
pub(crate) fn peak_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB")?.trim().parse().ok());
    peak.unwrap_or(0)
}
