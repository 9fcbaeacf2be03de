//! What a process costs, as the kernel counts it: for benchmarks, which run on Linux.

use std::process::{Command, Stdio};

/// Seconds of user and system time of this process, in steps of 10 ms.
///
/// # Panics
/// Elsewhere than on Linux.
#[expect(clippy::expect_used, reason = "a program for developers: it measures or says why not")]
pub fn cpu_seconds() -> f64 {
    // Fields 14 and 15 of proc(5)'s stat; the name in field 2 may hold blanks.
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux, where it is measured");
    let after = stat.rfind(')').map_or("", |end| &stat[end + 1..]);
    let ticks = |field: usize| after.split_whitespace().nth(field).and_then(|text| text.parse::<f64>().ok());
    (ticks(11).expect("a number of ticks") + ticks(12).expect("a number of ticks")) / 100.0
}

/// The most memory that this process has held so far (`VmHWM`), in MiB; 0 where nobody counts it.
pub fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

/// What the machine is busy with: the mean number of runnable processes of the last minute.
pub fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(f64::NAN)
}

/// Seconds of CPU for one RSA-2048 signature as `openssl speed` finds it with so many processes at it. A CPU that shares its core
/// with a busy one is slower, so what keeps all of them busy is compared with as many.
///
/// # Panics
/// Where there is no `openssl`.
#[expect(clippy::expect_used, reason = "a program for developers: it measures or says why not")]
pub fn openssl_rsa2048(processes: u32) -> f64 {
    // Not `-multi`: that counts seconds on the clock, also those in which somebody else has the CPU.
    let start = |_| {
        let words = ["speed", "-seconds", "2", "-mr", "rsa2048"];
        Command::new("openssl").args(words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("openssl")
    };
    let running: Vec<_> = (0..processes).map(start).collect();
    let seconds = running.into_iter().map(|process| {
        let output = process.wait_with_output().expect("openssl");
        let text = String::from_utf8_lossy(&output.stdout);
        // `+F2:2:2048:1461.538462:50840.983607`: index, bits, signatures and verifications in a second of CPU.
        let line =
            text.lines().find(|line| line.starts_with("+F2:") && line.contains(":2048:")).expect("a line of results");
        1.0 / line.split(':').nth(3).and_then(|rate| rate.parse::<f64>().ok()).expect("a rate")
    });
    seconds.sum::<f64>() / f64::from(processes)
}
