//! Databases that are damaged, disks that are full, folders that cannot be written or go away.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::faults::{Checked, GRID, Sweep, quiet, text};

fn small() -> Checked<Sweep> {
    Sweep::new(&GRID.replace("[40, 3000]", "[40, 400]"))
}

/// Where a page is overwritten, as a share of the file.
const PLACES: usize = 12;

#[test]
fn a_damaged_database_is_noticed_moved_aside_and_made_again() -> Checked {
    let sweep = small()?;
    sweep.finish("whole")?;
    let expected = sweep.export("whole")?;
    let database = |results: &str| sweep.results(results).join("gan-sweep.db");
    let whole = fs::read(database("whole"))?;
    type Damage<'a> = (String, Box<dyn Fn(&mut Vec<u8>) + 'a>);
    let mut damages: Vec<Damage<'_>> = vec![
        ("truncated".into(), Box::new(|b| b.truncate(b.len() / 2))),
        ("no-header".into(), Box::new(|b| b[..100].fill(0))),
        ("text".into(), Box::new(|b| *b = b"no database".to_vec())),
    ];
    for place in 0..PLACES {
        let page = move |b: &mut Vec<u8>| {
            let pages = b.len() / 4096;
            let at = 4096 * (1 + place * (pages - 1) / PLACES);
            b[at..at + 4096].fill(0x5a);
        };
        damages.push((format!("page{place}"), Box::new(page)));
    }
    let mut read_again = 0;
    for (name, damage) in damages {
        fs::create_dir(sweep.results(&name))?;
        let mut bytes = whole.clone();
        damage(&mut bytes);
        fs::write(database(&name), &bytes)?;
        let said = sweep.finish(&name)?;
        assert!(said.contains("the database was damaged"), "{name}: {said}");
        assert_eq!(sweep.export(&name)?, expected, "{name}");
        sweep.check(&name)?;
        read_again += usize::from(said.contains("have their outcome"));
        // What was there is still there.
        let aside = fs::read_dir(sweep.results(&name))?.flatten().find(|entry| {
            let file = entry.file_name().to_string_lossy().into_owned();
            file.contains("damaged-") && file.ends_with(".db")
        });
        assert!(aside.is_some(), "{name}");
    }
    assert!(read_again >= PLACES / 2, "{read_again} were read in part");
    Ok(())
}

#[test]
fn a_changed_value_in_a_whole_database_is_noticed_by_its_digest() -> Checked {
    let sweep = small()?;
    for (table, change) in [
        (
            "metrics",
            "UPDATE metrics SET value = value + 1 WHERE rowid_of_one",
        ),
        (
            "weights",
            "UPDATE weights SET content = zeroblob(length(content)) WHERE run = 2",
        ),
        (
            "samples",
            "UPDATE samples SET content = zeroblob(length(content)) WHERE run = 3 \
             AND step = (SELECT max(step) FROM samples WHERE run = 3)",
        ),
    ] {
        sweep.finish(table)?;
        let expected = sweep.export(table)?;
        let db = rusqlite::Connection::open(sweep.results(table).join("gan-sweep.db"))?;
        let change = change.replace(
            "rowid_of_one",
            "run = 1 AND kind = 0 AND (quantity, step) IN \
             (SELECT quantity, step FROM metrics WHERE run = 1 AND kind = 0 LIMIT 1)",
        );
        assert_eq!(db.execute(&change, [])?, 1, "{table}");
        drop(db);
        let said = sweep.finish(table)?;
        assert!(said.contains("are not what was written"), "{said}");
        assert!(
            said.contains("7 runs with their outcomes were read"),
            "{said}"
        );
        assert!(said.contains("1 run to train, 7 have"), "{said}");
        assert_eq!(sweep.export(table)?, expected);
    }
    Ok(())
}

#[test]
fn a_damaged_write_ahead_log_loses_no_more_than_its_end() -> Checked {
    let sweep = Sweep::new(&GRID.replace("3000", "1500"))?;
    sweep.finish("undisturbed")?;
    let expected = sweep.export("undisturbed")?;
    for (name, at) in [("head", 0.0), ("middle", 0.5), ("end", 0.9)] {
        let mut child = quiet(&mut sweep.run(name))?;
        let log = sweep.results(name).join("gan-sweep.db-wal");
        // Till there is something to damage.
        while fs::metadata(&log).map_or(0, |file| file.len()) < 60_000 {
            assert!(child.try_wait()?.is_none(), "it ended too soon");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill()?;
        child.wait()?;
        let mut bytes = fs::read(&log)?;
        let at = (at * bytes.len() as f64) as usize;
        bytes[at..at + 64].fill(0x5a);
        fs::write(&log, bytes)?;
        sweep.finish(name)?;
        assert_eq!(sweep.export(name)?, expected, "{name}");
        sweep.check(name)?;
    }
    Ok(())
}

/// A sweep whose files may not grow beyond so many bytes.
fn with_little_room(sweep: &Sweep, results: &str, bytes: u64) -> Checked<std::process::Output> {
    let run = sweep.run(results);
    let mut command = Command::new("sh");
    // Without SIGXFSZ the write itself fails, as on a full disk. In blocks of 512 bytes.
    command
        .arg("-c")
        .arg(format!(
            "trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"",
            bytes / 512
        ))
        .arg(run.get_program())
        .args(run.get_args())
        .current_dir(run.get_current_dir().unwrap_or(Path::new(".")));
    Ok(command.stdin(Stdio::null()).output()?)
}

#[test]
fn a_full_disk_ends_it_with_a_word_and_it_goes_on_with_room() -> Checked {
    let sweep = Sweep::new(&GRID.replace("3000", "1500"))?;
    sweep.finish("undisturbed")?;
    let expected = sweep.export("undisturbed")?;
    for kilobytes in [8, 60, 130, 250] {
        let name = format!("{kilobytes}k");
        let output = with_little_room(&sweep, &name, kilobytes * 1024)?;
        let code = output.status.code();
        assert!(matches!(code, Some(1 | 2)), "{code:?}: {}", text(&output));
        assert!(text(&output).contains("error: "), "{}", text(&output));
        sweep.finish(&name)?;
        assert_eq!(sweep.export(&name)?, expected, "{name}");
        sweep.check(&name)?;
    }
    Ok(())
}

#[test]
fn a_database_that_may_not_grow_ends_it_with_a_word_and_it_goes_on_with_room() -> Checked {
    let sweep = Sweep::new(&GRID.replace("3000", "1500"))?;
    sweep.finish("undisturbed")?;
    let expected = sweep.export("undisturbed")?;
    // Pages of 4 kB: not enough for the tables, for the first run, for the last.
    for pages in [8, 30, 48] {
        let name = format!("{pages}-pages");
        let limit = format!("pages:{pages}");
        let output = sweep.run(&name).env("GAN_SWEEP_FAULT", limit).output()?;
        let code = output.status.code();
        assert!(matches!(code, Some(1 | 2)), "{code:?}: {}", text(&output));
        let said = text(&output);
        assert!(said.contains("database or disk is full"), "{said}");
        sweep.finish(&name)?;
        assert_eq!(sweep.export(&name)?, expected, "{name}");
        sweep.check(&name)?;
    }
    Ok(())
}

/// Runs as nobody where the test is root, whom no permission stops.
fn as_ordinary_user(command: &mut Command) -> &mut Command {
    if rustix::process::geteuid().is_root() {
        command.uid(65_534).gid(65_534);
    }
    command
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_can_be_read() -> Checked {
    use std::os::unix::fs::PermissionsExt;

    let sweep = small()?;
    sweep.finish("results")?;
    let expected = sweep.export("results")?;
    let open_to_all = fs::Permissions::from_mode(0o755);
    fs::set_permissions(sweep.results(""), open_to_all)?;
    let results = sweep.results("results");
    fs::set_permissions(&results, fs::Permissions::from_mode(0o555))?;
    let output = as_ordinary_user(&mut sweep.run("results")).output()?;
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(
        text(&output).contains("ermission denied"),
        "{}",
        text(&output)
    );
    let mut export = sweep.command("results", "export faults --table runs --format csv");
    let output = as_ordinary_user(&mut export).output()?;
    assert_eq!(String::from_utf8(output.stdout)?, expected[0]);
    fs::set_permissions(&results, fs::Permissions::from_mode(0o755))?;
    sweep.finish("results")?;
    Ok(())
}

#[test]
fn a_folder_that_vanishes_ends_the_sweep_with_a_word() -> Checked {
    let sweep = Sweep::new(&GRID.replace("[40, 3000]", "[100000]"))?;
    let mut child = sweep
        .run("results")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    sweep.wait_for_checkpoints("results", 2)?;
    fs::rename(sweep.results("results"), sweep.results("elsewhere"))?;
    fs::write(sweep.results("results"), "in the way")?;
    let start = std::time::Instant::now();
    while child.try_wait()?.is_none() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "it goes on for ever"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output()?;
    assert!(matches!(output.status.code(), Some(1 | 2)), "{output:?}");
    assert!(text(&output).contains("checkpoint"), "{}", text(&output));
    let db = rusqlite::Connection::open(sweep.results("elsewhere").join("gan-sweep.db"))?;
    let whole: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    assert_eq!(whole, "ok");
    Ok(())
}

/// A file system in memory, unmounted when dropped.
struct Mounted<'p>(&'p Path);

impl<'p> Mounted<'p> {
    /// `None` where the test may not mount one.
    fn of(path: &'p Path, bytes: u64) -> Checked<Option<Self>> {
        fs::create_dir_all(path)?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"]);
        let mounted = mount.arg(path).stderr(Stdio::null()).status();
        Ok(mounted.is_ok_and(|s| s.success()).then_some(Self(path)))
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        // What stays mounted is in a temporary folder.
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn a_disk_about_to_be_full_stops_it_before_it_is() -> Checked {
    let sweep = Sweep::new(&GRID.replace("3000", "1500"))?;
    sweep.finish("undisturbed")?;
    let expected = sweep.export("undisturbed")?;
    let results = sweep.results("results");
    let Some(_mounted) = Mounted::of(&results, 24_000_000)? else {
        eprintln!("left out: no file system may be mounted here");
        return Ok(());
    };
    fs::write(results.join("filler"), vec![1; 3_900_000])?;
    let output = sweep.run("results").output()?;
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(
        text(&output).contains("MB are left where"),
        "{}",
        text(&output)
    );
    fs::remove_file(results.join("filler"))?;
    sweep.finish("results")?;
    assert_eq!(sweep.export("results")?, expected);
    sweep.check("results")
}
