//! `run`: whether the runs that are trained at the same time fit into memory.

use std::fs;

use super::out::count;
use crate::exec::{Job, Share, least_memory};

/// Refuses what cannot fit: the largest runs at the same time take more than is free, by what they hold at
/// least.
pub(super) fn check(jobs: &[Job], cores: usize) -> anyhow::Result<()> {
    let Some(free) = free() else {
        return Ok(());
    };
    let mut needs: Vec<(u64, &str)> = jobs
        .iter()
        .map(|job| (least_memory(&job.spec), job.label.as_str()))
        .collect();
    needs.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
    let workers = Share::of(cores, jobs.len()).workers.min(needs.len());
    let together = needs[..workers]
        .iter()
        .fold(0_u64, |sum, n| sum.saturating_add(n.0));
    if together <= free {
        return Ok(());
    }
    let (largest, label) = needs[0];
    let fits = (1..workers).rev().find(|&n| {
        needs[..n]
            .iter()
            .fold(0_u64, |sum, n| sum.saturating_add(n.0))
            <= free
    });
    let step = match fits {
        Some(n) => format!("--jobs {n} fits"),
        None => "even one does not fit: smaller networks are needed".to_owned(),
    };
    anyhow::bail!(
        "{} at the same time hold at least {} in weights, gradients and optimisers, of {} that are free; the \
         largest is {label} with {}; {step}",
        count(workers, "run"),
        gigabytes(together),
        gigabytes(free),
        gigabytes(largest)
    )
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

/// Bytes of memory that are free, in the machine and in the process's group; `None` where the system does
/// not tell.
fn free() -> Option<u64> {
    let machine = of_machine(&fs::read_to_string("/proc/meminfo").ok()?);
    let group = of_group(|name| fs::read_to_string(format!("/sys/fs/cgroup/{name}")).ok());
    match (machine, group) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn of_machine(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

fn of_group(read: impl Fn(&str) -> Option<String>) -> Option<u64> {
    let number = |name| read(name)?.trim().parse::<u64>().ok();
    Some(number("memory.max")?.saturating_sub(number("memory.current")?))
}

#[cfg(test)]
mod tests {
    use super::{of_group, of_machine};

    #[test]
    fn what_the_kernel_says_is_read() {
        let text = "MemTotal:       24 kB\nMemAvailable:   16384 kB\n";
        assert_eq!(of_machine(text), Some(16 << 20));
        assert_eq!(of_machine("MemTotal: 24 kB"), None);
        let limited = |name: &str| {
            Some(match name {
                "memory.max" => "1000\n".to_owned(),
                _ => "400\n".to_owned(),
            })
        };
        assert_eq!(of_group(limited), Some(600));
        assert_eq!(of_group(|_| Some("max\n".to_owned())), None);
    }
}
