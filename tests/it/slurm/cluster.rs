//! A cluster on this machine: Slurm's own programs, three nodes that are processes, no accounting.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::faults::Checked;

/// Daemons lie where the paths of ordinary users do not lead.
const PATHS: &str = "/usr/local/sbin:/usr/sbin:/sbin";

/// Programs without which there is no cluster.
const PROGRAMS: [&str; 6] = [
    "munged",
    "slurmctld",
    "slurmd",
    "sbatch",
    "squeue",
    "scontrol",
];

pub(super) const NODES: usize = 3;

/// What differs from an ordinary cluster.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub array: u32,
    pub jobs: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            array: 1001,
            jobs: 10_000,
        }
    }
}

pub(super) struct Cluster {
    folder: TempDir,
    munge: Child,
    controller: Option<Child>,
    nodes: Vec<Option<Child>>,
}

fn path() -> String {
    let usual = std::env::var("PATH").unwrap_or_default();
    format!("{usual}:{PATHS}")
}

/// Why there can be no cluster here.
pub(super) fn absent() -> Option<String> {
    let there = |program: &str| {
        path()
            .split(':')
            .any(|p| Path::new(p).join(program).exists())
    };
    let missing: Vec<&str> = PROGRAMS.into_iter().filter(|p| !there(p)).collect();
    (!missing.is_empty()).then(|| format!("there is no {} here", missing.join(", ")))
}

/// Looks again and again until it is so.
pub(super) fn wait(
    what: &str,
    most: Duration,
    mut is_so: impl FnMut() -> Checked<bool>,
) -> Checked {
    let begun = Instant::now();
    while !is_so()? {
        if begun.elapsed() > most {
            return Err(format!("{what}: not after {most:?}").into());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

impl Cluster {
    /// Starts one whose nodes are idle.
    pub fn start(limits: Limits) -> Checked<Self> {
        static CLUSTERS: AtomicU16 = AtomicU16::new(0);
        let number = CLUSTERS.fetch_add(1, Ordering::Relaxed);
        // Apart from those of other processes and of the clusters before.
        let port = 20_000 + (std::process::id() % 1000) as u16 * 40 + number % 8 * 5;
        let folder = tempfile::Builder::new().prefix("gs-slurm-").tempdir()?;
        let at = folder.path();
        for name in ["state", "spool", "log", "munge", "socket"] {
            fs::create_dir(at.join(name))?;
        }
        for node in 1..=NODES {
            fs::create_dir(at.join(format!("spool/n{node}")))?;
        }
        for (name, mode) in [("", 0o755), ("munge", 0o700), ("socket", 0o755)] {
            fs::set_permissions(at.join(name), fs::Permissions::from_mode(mode))?;
        }
        fs::write(at.join("munge/key"), [7_u8; 1024])?;
        fs::set_permissions(at.join("munge/key"), fs::Permissions::from_mode(0o600))?;
        fs::write(at.join("slurm.conf"), configuration(at, port, limits)?)?;
        let arg = |name: &str, file: &str| format!("--{name}={}", at.join(file).display());
        let munge = daemon(
            at,
            "munged",
            &[
                "--foreground",
                "--force",
                "--num-threads=2",
                &arg("socket", "socket/munge"),
                &arg("key-file", "munge/key"),
                &arg("pid-file", "munge/pid"),
                &arg("log-file", "munge/log"),
                &arg("seed-file", "munge/seed"),
            ],
        )?;
        let socket = at.join("socket/munge");
        wait("munged", Duration::from_secs(10), || Ok(socket.exists()))?;
        let mut cluster = Self {
            folder,
            munge,
            controller: None,
            nodes: (0..NODES).map(|_| None).collect(),
        };
        cluster.start_controller()?;
        for node in 0..NODES {
            cluster.start_node(node)?;
        }
        wait("idle nodes", Duration::from_secs(60), || {
            let idle = cluster.ask(
                "sinfo",
                &["-h", "-N", "-p", "main", "-t", "idle", "-o", "%N"],
            );
            Ok(idle.is_ok_and(|nodes| nodes.lines().count() == NODES))
        })?;
        Ok(cluster)
    }

    fn configured(&self) -> PathBuf {
        self.folder.path().join("slurm.conf")
    }

    /// What a command of this cluster needs.
    pub fn env(&self, command: &mut Command) {
        command
            .env("SLURM_CONF", self.configured())
            .env("PATH", path());
    }

    /// What one of Slurm's commands prints.
    pub fn ask(&self, program: &str, args: &[&str]) -> Checked<String> {
        let mut command = Command::new(program);
        self.env(&mut command);
        let output = command.args(args).output()?;
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout)?),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
        }
    }

    pub fn start_controller(&mut self) -> Checked {
        self.controller = Some(daemon(self.folder.path(), "slurmctld", &["-D"])?);
        Ok(())
    }

    pub fn start_node(&mut self, node: usize) -> Checked {
        let name = format!("n{}", node + 1);
        let child = daemon(self.folder.path(), "slurmd", &["-D", "-N", &name])?;
        self.nodes[node] = Some(child);
        Ok(())
    }

    /// As by a fault of the machine.
    pub fn kill_controller(&mut self) -> Checked {
        kill(self.controller.take())
    }

    /// The daemon alone: what it has started goes on.
    pub fn kill_node(&mut self, node: usize) -> Checked {
        kill(self.nodes[node].take())
    }

    /// The tasks of everybody, of these states.
    pub fn tasks(&self, states: &str) -> Checked<Vec<Task>> {
        let states = format!("--states={states}");
        let text = self.ask("squeue", &["-h", "-r", &states, "-o", "%i %N %j"])?;
        let task = |line: &str| {
            let mut words = line.split(' ').map(str::to_owned);
            Some(Task {
                id: words.next()?,
                node: words.next()?,
                name: words.next()?,
            })
        };
        Ok(text.lines().filter_map(task).collect())
    }

    /// The first task of a sweep that runs, when it does; not the one that collects.
    pub fn running(&self) -> Checked<Task> {
        let mut found = None;
        wait("a running task", Duration::from_secs(60), || {
            let mut tasks = self.tasks("RUNNING")?.into_iter();
            found = tasks.find(|task| !task.name.ends_with("collect"));
            Ok(found.is_some())
        })?;
        found.ok_or_else(|| "no task".into())
    }

    /// Until nothing waits or runs.
    pub fn drained(&self, most: Duration) -> Checked {
        wait("an empty queue", most, || {
            // While the controller is away nobody knows.
            Ok(self
                .ask("squeue", &["-h", "-r"])
                .is_ok_and(|text| text.is_empty()))
        })
    }

    /// The processes of tasks on a node.
    pub fn workers(&self, node: &str) -> Checked<Vec<i32>> {
        let mut found = Vec::new();
        let is_ours = |environ: &[u8], name: &str, value: &str| {
            let wanted = format!("{name}={value}");
            environ
                .split(|b| *b == 0)
                .any(|entry| entry == wanted.as_bytes())
        };
        let conf = self.configured().display().to_string();
        for entry in fs::read_dir("/proc")?.flatten() {
            let Some(pid) = entry
                .file_name()
                .to_str()
                .and_then(|n| n.parse::<i32>().ok())
            else {
                continue;
            };
            let environ = fs::read(entry.path().join("environ")).unwrap_or_default();
            let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let works = command.split(|b| *b == 0).any(|arg| arg == b"work");
            if works
                && is_ours(&environ, "SLURM_CONF", &conf)
                && is_ours(&environ, "SLURMD_NODENAME", node)
            {
                found.push(pid);
            }
        }
        Ok(found)
    }

    /// What the daemons and the tasks said, for whoever looks for a reason.
    pub fn said(&self) -> String {
        let logs = fs::read_dir(self.folder.path().join("log"));
        let files = logs.into_iter().flatten().flatten();
        files
            .filter_map(|entry| {
                let text = fs::read_to_string(entry.path()).ok()?;
                let lines: Vec<&str> = text.lines().collect();
                let last = lines[lines.len().saturating_sub(20)..].join("\n");
                Some(format!("--- {}\n{last}\n", entry.path().display()))
            })
            .collect()
    }
}

pub(super) struct Task {
    pub id: String,
    pub node: String,
    pub name: String,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Jobs first, so that none outlives the daemons.
        let jobs = self.ask("squeue", &["-h", "-o", "%A"]).unwrap_or_default();
        let jobs: Vec<&str> = jobs.lines().collect();
        if !jobs.is_empty() {
            let _ = self.ask("scancel", &jobs);
            let _ = self.drained(Duration::from_secs(10));
        }
        for node in 1..=NODES {
            for pid in self.workers(&format!("n{node}")).unwrap_or_default() {
                let _ = Pid::from_raw(pid).map(|pid| kill_process(pid, Signal::KILL));
            }
        }
        for child in self.nodes.iter_mut().chain([&mut self.controller]) {
            let _ = kill(child.take());
        }
        let _ = self.munge.kill();
        let _ = self.munge.wait();
    }
}

fn kill(child: Option<Child>) -> Checked {
    if let Some(mut child) = child {
        child.kill()?;
        child.wait()?;
    }
    Ok(())
}

/// Started in the folder, with what it says in a file there.
fn daemon(folder: &Path, program: &str, args: &[&str]) -> Checked<Child> {
    let name = args
        .last()
        .filter(|arg| !arg.starts_with('-'))
        .unwrap_or(&program);
    let log = folder.join("log").join(format!("{name}.out"));
    let log = fs::OpenOptions::new().create(true).append(true).open(log)?;
    let mut command = Command::new(program);
    command
        .args(args)
        .current_dir(folder)
        .env("SLURM_CONF", folder.join("slurm.conf"))
        .env("PATH", path())
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    // A process group of its own: what a node started must not go with the test's signals.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    Ok(command.spawn()?)
}

fn configuration(at: &Path, port: u16, limits: Limits) -> Checked<String> {
    let name = |command: &str, arg: &str| -> Checked<String> {
        let output = Command::new(command).arg(arg).output()?;
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    };
    let host = name("uname", "-n")?;
    let host = host.split('.').next().unwrap_or_default();
    let user = name("id", "-un")?;
    let at = at.display();
    let (first, last) = (port + 1, port + NODES as u16);
    let Limits { array, jobs } = limits;
    // Times are short, so that what a real cluster does in minutes is seen here in seconds.
    Ok(format!(
        "ClusterName=gansweep
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={at}/socket/munge,cred_expire=5
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={at}/state
SlurmdSpoolDir={at}/spool/%n
SlurmctldPidFile={at}/slurmctld.pid
SlurmdPidFile={at}/slurmd-%n.pid
SlurmctldLogFile={at}/log/slurmctld.log
SlurmdLogFile={at}/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=0
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=5
ReturnToService=2
SlurmdTimeout=10
SlurmctldTimeout=10
KillWait=3
CompleteWait=0
BatchStartTimeout=10
MinJobAge=300
JobRequeue=1
MaxArraySize={array}
MaxJobCount={jobs}
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
AccountingStorageType=accounting_storage/none
SlurmdParameters=config_overrides
NodeName=n[1-{NODES}] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{first}-{last}] CPUs=2 CoresPerSocket=2 RealMemory=2000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1 OverSubscribe=NO
PartitionName=high Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10 OverSubscribe=NO PreemptMode=OFF
"
    ))
}
