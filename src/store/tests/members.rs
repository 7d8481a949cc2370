//! Which sweep holds which run, and the views.

use tempfile::TempDir;

use super::{Checked, database, ended, logged, open, plan, spec, started};
use crate::event::Outcome;
use crate::grid::Plan;
use crate::store::{Reader, Registered, RunRow};

#[test]
fn runs_that_leave_the_grid_are_kept_and_marked() -> Checked {
    let folder = TempDir::new()?;
    let specs = [spec(1, 0), spec(2, 0), spec(4, 0)];
    let writer = open(&folder);
    let first = writer.plan(&plan(&specs))?;
    assert_eq!((first.new_runs, first.left_runs), (3, 0));
    let fewer = [specs[2].clone(), specs[0].clone()];
    let second = writer.plan(&plan(&fewer))?;
    assert_eq!((second.new_runs, second.left_runs), (0, 1));
    writer.close()?;
    let reader = Reader::open(folder.path())?;
    let sweep = reader.sweep("ring")?;
    let ids = |rows: Vec<RunRow>| rows.into_iter().map(|r| r.id).collect::<Vec<_>>();
    assert_eq!(ids(reader.runs(&sweep)?), [specs[2].id(), specs[0].id()]);
    assert_eq!(ids(reader.left(&sweep)?), [specs[1].id()]);
    assert!(reader.memberships(specs[1].id())?[0].left_at.is_some());

    let writer = open(&folder);
    assert_eq!(writer.plan(&plan(&specs))?, Registered::default());
    writer.close()?;
    assert_eq!(ids(Reader::open(folder.path())?.left(&sweep)?), []);
    Ok(())
}

#[test]
fn a_profile_has_members_of_its_own_and_the_newest_plan_is_meant() -> Checked {
    let folder = TempDir::new()?;
    let writer = open(&folder);
    writer.plan(&plan(&[spec(1, 0), spec(1, 1)]))?;
    let quick = Plan {
        profile: "quick".to_owned(),
        ..plan(&[spec(1, 0)])
    };
    writer.plan(&quick)?;
    let reader = Reader::open(folder.path())?;
    assert_eq!(reader.sweep("ring")?.profile, "quick");
    assert_eq!(reader.runs(&reader.sweep("ring")?)?.len(), 1);
    assert_eq!(reader.runs(&reader.sweep_under("ring", "")?)?.len(), 2);
    assert_eq!(reader.sweeps()?.len(), 2);
    writer.plan(&plan(&[spec(1, 0), spec(1, 1)]))?;
    assert_eq!(reader.sweep("ring")?.profile, "");
    let error = reader.sweep_under("ring", "slow").expect_err("never run");
    assert_eq!(
        error.to_string(),
        "there is no sweep 'ring' under profile 'slow'; it was run under no profile, 'quick'"
    );
    Ok(())
}

#[test]
fn the_views_say_what_the_reader_says() -> Checked {
    let folder = TempDir::new()?;
    let specs = [spec(1, 0), spec(2, 0)];
    let writer = open(&folder);
    writer.plan(&plan(&specs))?;
    let sender = writer.sender();
    let id = specs[0].id();
    sender.send(started(id))?;
    sender.send(logged(id, 1, &[("covered", 1.0)]))?;
    sender.send(logged(id, 2, &[("covered", 8.0), ("loss.d", f64::NAN)]))?;
    sender.send(ended(id, Outcome::Done))?;
    sender.send(started(specs[1].id()))?;
    sender.send(logged(specs[1].id(), 1, &[("covered", 1.0)]))?;
    writer.close()?;
    let db = database(&folder);
    let list = |sql: &str| -> rusqlite::Result<Vec<String>> {
        let mut select = db.prepare(sql)?;
        select.query_map([], |row| row.get(0))?.collect()
    };
    assert_eq!(
        list("SELECT position || ' ' || outcome || ' ' || (settings ->> '$.k') FROM v_runs")?,
        ["0 done 1", "1 missing 2"]
    );
    assert_eq!(
        list(
            "SELECT position||' '||step||' '||quantity||' '||coalesce(value,kind) FROM v_metrics"
        )?,
        ["0 1 covered 1.0", "0 2 covered 8.0", "0 2 loss.d nan"]
    );
    assert_eq!(
        list("SELECT step || ' ' || quantity || ' ' || kind FROM v_final")?,
        ["2 covered finite", "2 loss.d nan"]
    );
    assert_eq!(
        list("SELECT outcome || ' ' || git_revision FROM v_attempts ORDER BY outcome")?,
        ["done abc", "unfinished abc"]
    );
    Ok(())
}
