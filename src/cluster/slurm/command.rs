//! Slurm's commands, each with a time by which it must have answered.

use std::io::Read;
use std::num::NonZeroU32;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Queue;

/// After which a command is taken for lost: the controller answers within seconds or not at all.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks whether a command has ended.
const TICK: Duration = Duration::from_millis(20);

/// Before the second try; twice that before the next, and so on.
const FIRST_PAUSE: Duration = Duration::from_secs(2);

/// Why Slurm was not asked, or did not answer.
#[derive(Debug, thiserror::Error)]
pub enum SlurmError {
    /// There is no such command.
    #[error(
        "there is no {command} here: this is no machine of a Slurm cluster; --shard I/N gives the same slices to other programs"
    )]
    Absent {
        /// The command.
        command: String,
    },
    /// It cannot be started or read.
    #[error("cannot run {command}")]
    Start {
        /// The command.
        command: String,
        /// Why.
        source: std::io::Error,
    },
    /// It says no.
    #[error("{command}: {message}")]
    Refused {
        /// The command.
        command: String,
        /// What it says.
        message: String,
    },
    /// It does not answer.
    #[error("{command} has not answered in {} s: the controller is busy or down; try again", after.as_secs())]
    Silent {
        /// The command.
        command: String,
        /// For how long.
        after: Duration,
    },
    /// It answers what nobody understands.
    #[error("{command} answered '{answer}', which is no job's number")]
    Answer {
        /// The command.
        command: String,
        /// What it said.
        answer: String,
    },
}

/// What a command prints.
pub(super) fn run(command: &str, args: &[&str]) -> Result<String, SlurmError> {
    let mut child = start(command, args)?;
    let failed = |source| SlurmError::Start {
        command: command.to_owned(),
        source,
    };
    // Read beside, so that a long answer does not fill the pipe.
    let out = child.stdout.take().map(read_beside);
    let err = child.stderr.take().map(read_beside);
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        if begun.elapsed() >= PATIENCE {
            // It may have ended meanwhile.
            let _ = child.kill();
            let _ = child.wait();
            return Err(SlurmError::Silent {
                command: command.to_owned(),
                after: PATIENCE,
            });
        }
        std::thread::sleep(TICK);
    };
    let text = |thread: Option<std::thread::JoinHandle<String>>| {
        thread.and_then(|t| t.join().ok()).unwrap_or_default()
    };
    let (out, err) = (text(out), text(err));
    if status.success() {
        return Ok(out);
    }
    Err(SlurmError::Refused {
        command: command.to_owned(),
        message: match err.trim() {
            "" => status.to_string(),
            text => text.to_owned(),
        },
    })
}

fn start(command: &str, args: &[&str]) -> Result<Child, SlurmError> {
    let mut process = Command::new(command);
    process
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        if misleads(&name.to_string_lossy()) {
            process.env_remove(&name);
        }
    }
    process.spawn().map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => SlurmError::Absent {
            command: command.to_owned(),
        },
        _ => SlurmError::Start {
            command: command.to_owned(),
            source,
        },
    })
}

/// Whether a variable of the environment changes what is asked. From inside a job, sbatch would take that job's
/// own settings for wishes; what sbatch and squeue find under their own names goes before the script and hides
/// jobs.
fn misleads(name: &str) -> bool {
    let of_job = name.starts_with("SLURM_") && name != "SLURM_CONF";
    let of_script = name.starts_with("SBATCH_") && !KEPT.contains(&name);
    of_job || of_script || name.starts_with("SQUEUE_")
}

/// What users set for all their jobs and no script here says of itself, unless they ask for it.
const KEPT: [&str; 4] = [
    "SBATCH_QOS",
    "SBATCH_RESERVATION",
    "SBATCH_CONSTRAINT",
    "SBATCH_EXPORT",
];

fn read_beside(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = Vec::new();
        // What was read up to an error is still worth telling.
        let _ = pipe.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    })
}

/// Hands a script in and returns the job's number. Where Slurm does not answer, it is asked for a job of
/// that name, which nobody else has, before the script is handed in again.
///
/// `after` are jobs that must have ended, however they ended; `tries` is how often it is handed in.
///
/// # Errors
/// The last answer.
pub fn submit(
    script: &Path,
    name: &str,
    after: &[u64],
    tries: NonZeroU32,
) -> Result<u64, SlurmError> {
    let script = script.to_string_lossy();
    let jobs: Vec<String> = after.iter().map(u64::to_string).collect();
    let dependency = format!("--dependency=afterany:{}", jobs.join(":"));
    let mut args = vec!["--parsable"];
    if !jobs.is_empty() {
        args.push(&dependency);
    }
    args.push(&script);
    let mut pause = FIRST_PAUSE;
    let mut left = tries.get();
    loop {
        left -= 1;
        let error = match run("sbatch", &args) {
            Ok(answer) => return job(&answer),
            Err(error) => error,
        };
        let may_pass = match &error {
            SlurmError::Silent { .. } => true,
            SlurmError::Refused { message, .. } => is_of_the_moment(message),
            _ => false,
        };
        if !may_pass {
            return Err(error);
        }
        // It may have been taken all the same: while nobody can tell, it is not handed in again.
        if let Some(job) = Queue::of(&[name])?.jobs().next() {
            return Ok(job);
        }
        if left == 0 {
            return Err(error);
        }
        std::thread::sleep(pause);
        pause *= 2;
    }
}

/// Whether the same submission may be taken later.
fn is_of_the_moment(message: &str) -> bool {
    [
        "temporarily",
        "timed out",
        "Unable to contact",
        "Connection refused",
        "Socket",
        "Zero Bytes",
    ]
    .iter()
    .any(|part| message.contains(part))
}

/// `4711`, or `4711;cluster`.
fn job(answer: &str) -> Result<u64, SlurmError> {
    let number = answer.trim().split(';').next().unwrap_or_default();
    number.parse().map_err(|_| SlurmError::Answer {
        command: "sbatch".to_owned(),
        answer: answer.trim().to_owned(),
    })
}

/// Ends jobs. One that has ended already is no error.
///
/// # Errors
/// What Slurm says.
pub fn cancel(jobs: &[u64]) -> Result<(), SlurmError> {
    let jobs: Vec<String> = jobs.iter().map(u64::to_string).collect();
    let jobs: Vec<&str> = jobs.iter().map(String::as_str).collect();
    match run("scancel", &jobs) {
        Err(SlurmError::Refused { message, .. }) if message.contains("Invalid job id") => Ok(()),
        other => other.map(drop),
    }
}

/// Puts the task that this process is back into the queue; `None` where it is none. Slurm ends the process
/// thereupon.
pub fn requeue() -> Option<Result<(), SlurmError>> {
    let of = |name: &str| std::env::var(name).ok();
    let task = match (of("SLURM_ARRAY_JOB_ID"), of("SLURM_ARRAY_TASK_ID")) {
        (Some(job), Some(task)) => format!("{job}_{task}"),
        _ => of("SLURM_JOB_ID")?,
    };
    Some(run("scontrol", &["requeue", &task]).map(drop))
}

#[cfg(test)]
mod tests {
    use super::{SlurmError, job, misleads, run};

    #[test]
    fn a_job_is_known_by_its_number() {
        assert_eq!(job("4711\n").ok(), Some(4711));
        assert_eq!(job("4711;cluster\n").ok(), Some(4711));
        assert!(job("").is_err());
    }

    #[test]
    fn the_environment_of_a_job_says_nothing_about_another() {
        let hidden = [
            "SLURM_JOB_ID",
            "SBATCH_JOB_NAME",
            "SQUEUE_USERS",
            "SBATCH_TIMELIMIT",
        ];
        assert!(hidden.into_iter().all(misleads));
        let kept = ["SLURM_CONF", "SBATCH_QOS", "PATH"];
        assert!(!kept.into_iter().any(misleads));
    }

    #[test]
    fn what_a_command_says_is_told() {
        assert_eq!(run("echo", &["yes"]).ok().as_deref(), Some("yes\n"));
        let refused = run("sh", &["-c", "echo no >&2; exit 1"]);
        assert!(
            matches!(&refused, Err(SlurmError::Refused { message, .. }) if message == "no"),
            "{refused:?}"
        );
        let absent = run("no-such-command-here", &[]);
        assert!(
            matches!(absent, Err(SlurmError::Absent { .. })),
            "{absent:?}"
        );
    }
}
