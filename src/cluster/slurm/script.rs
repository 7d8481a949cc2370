//! Batch scripts.

use std::fmt::Write;
use std::path::Path;

use super::Wishes;
use crate::cluster::Folder;

/// Seconds before the time limit at which a task is told: enough to leave its runs at a checkpoint and to
/// go back into the queue, and Slurm may be a minute early.
const WARNING: u32 = 60;

/// A part of a plan's slices, as one array of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Array {
    /// Slices before it.
    pub offset: usize,
    /// Its slices.
    pub tasks: usize,
}

/// What scripts are made from.
#[derive(Clone, Copy, Debug)]
pub struct Script<'s> {
    /// This program.
    pub program: &'s Path,
    /// The results folder, absolute.
    pub results: &'s Path,
    /// The plan's.
    pub folder: &'s Folder,
    /// What is asked of Slurm.
    pub wishes: &'s Wishes,
}

impl Script<'_> {
    /// The script of an array of tasks.
    pub fn of_tasks(&self, name: &str, array: Array) -> String {
        let mut text = self.head(name, "%A_%a");
        let mut option = |line: &str| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "#SBATCH {line}");
        };
        let at_once = self.wishes.at_once.map(|n| format!("%{n}"));
        option(&format!(
            "--array=0-{}{}",
            array.tasks.saturating_sub(1),
            at_once.unwrap_or_default()
        ));
        option(&format!("--cpus-per-task={}", self.wishes.cores()));
        // Back into the queue after a lost node or a preemption; what it has published stays.
        option("--requeue");
        option("--open-mode=append");
        option(&format!("--signal=B:USR1@{WARNING}"));
        if let Some(time) = &self.wishes.time {
            option(&format!("--time={time}"));
        }
        if let Some(memory) = &self.wishes.memory {
            option(&format!("--mem={memory}"));
        }
        for line in &self.wishes.lines {
            option(line);
        }
        let slice = format!("$(({} + SLURM_ARRAY_TASK_ID))", array.offset + 1);
        self.command(
            text,
            &format!(
                "work --plan {} --slice {slice} --quiet",
                quoted(&self.folder.name())
            ),
        )
    }

    /// The script that collects when all tasks have ended, however they ended.
    pub fn of_collect(&self, name: &str) -> String {
        let mut text = self.head(name, "collect_%j");
        let _ = writeln!(text, "#SBATCH --requeue");
        let _ = writeln!(text, "#SBATCH --open-mode=append");
        self.command(
            text,
            &format!("collect --plan {}", quoted(&self.folder.name())),
        )
    }

    fn head(&self, name: &str, log: &str) -> String {
        let log = self.folder.logs().join(format!("{log}.log"));
        let mut text = String::from("#!/bin/sh\n");
        let mut option = |line: &str| {
            let _ = writeln!(text, "#SBATCH {line}");
        };
        option(&format!("--job-name={name}"));
        option(&format!("--output={}", quoted(&log.to_string_lossy())));
        if let Some(partition) = &self.wishes.partition {
            option(&format!("--partition={partition}"));
        }
        if let Some(account) = &self.wishes.account {
            option(&format!("--account={account}"));
        }
        text
    }

    /// `exec`: signals are for the program, not for a shell around it.
    fn command(&self, mut text: String, command: &str) -> String {
        let _ = writeln!(
            text,
            "\nexec {} --results {} {command}",
            quoted(&self.program.to_string_lossy()),
            quoted(&self.results.to_string_lossy()),
        );
        text
    }
}

/// As a shell and sbatch read it as one word.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./%".contains(c);
    match text.chars().all(plain) && !text.is_empty() {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Array, Script, quoted};
    use crate::cluster::Folder;
    use crate::cluster::slurm::Wishes;

    #[test]
    fn a_script_says_everything_and_becomes_the_program() {
        let folder = Folder::named(Path::new("/shared/my results"), "demo-0123456789abcdef");
        let wishes = Wishes {
            partition: Some("main".to_owned()),
            time: Some("2:00:00".to_owned()),
            memory: Some("4G".to_owned()),
            cores: Some(2),
            at_once: Some(50),
            lines: vec!["--qos=short".to_owned()],
            ..Wishes::default()
        };
        let script = Script {
            program: Path::new("/usr/bin/gan-sweep"),
            results: Path::new("/shared/my results"),
            folder: &folder,
            wishes: &wishes,
        };
        let array = Array {
            offset: 1000,
            tasks: 24,
        };
        insta::assert_snapshot!(script.of_tasks("gs-demo-1", array), @r"
        #!/bin/sh
        #SBATCH --job-name=gs-demo-1
        #SBATCH --output='/shared/my results/cluster/demo-0123456789abcdef/logs/%A_%a.log'
        #SBATCH --partition=main
        #SBATCH --array=0-23%50
        #SBATCH --cpus-per-task=2
        #SBATCH --requeue
        #SBATCH --open-mode=append
        #SBATCH --signal=B:USR1@60
        #SBATCH --time=2:00:00
        #SBATCH --mem=4G
        #SBATCH --qos=short

        exec /usr/bin/gan-sweep --results '/shared/my results' work --plan demo-0123456789abcdef --slice $((1001 + SLURM_ARRAY_TASK_ID)) --quiet
        ");
        insta::assert_snapshot!(script.of_collect("gs-demo-collect"), @r"
        #!/bin/sh
        #SBATCH --job-name=gs-demo-collect
        #SBATCH --output='/shared/my results/cluster/demo-0123456789abcdef/logs/collect_%j.log'
        #SBATCH --partition=main
        #SBATCH --requeue
        #SBATCH --open-mode=append

        exec /usr/bin/gan-sweep --results '/shared/my results' collect --plan demo-0123456789abcdef
        ");
    }

    #[test]
    fn a_word_stays_one_word() {
        assert_eq!(quoted("/a/b-c_d.e"), "/a/b-c_d.e");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("$(rm)"), "'$(rm)'");
    }
}
