//! The views of the database are documented column by column.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;

use crate::synthetic::{Checked, results};

/// The columns of every view with their types, as documented.
fn documented(text: &str) -> BTreeMap<String, Vec<(String, String)>> {
    let mut views: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let mut view = None;
    for line in text.lines() {
        if line.starts_with('#') {
            let name = line.strip_prefix("### `").and_then(|l| l.strip_suffix('`'));
            view = name.map(str::to_owned);
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let (Some(view), [_, name, kind, meaning, ..]) = (&view, cells.as_slice())
            && let Some(name) = name.strip_prefix('`').and_then(|n| n.strip_suffix('`'))
        {
            assert!(meaning.len() > 3, "{view}.{name} has no meaning");
            let columns = views.entry(view.clone()).or_default();
            columns.push((name.to_owned(), (*kind).to_owned()));
        }
    }
    views
}

#[test]
fn every_column_of_every_view_is_documented() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let database = Connection::open(folder.path().join("gan-sweep.db"))?;
    let mut views: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let mut select = database.prepare(
        "SELECT v.name, c.name, c.type FROM sqlite_schema v, pragma_table_info(v.name) c
         WHERE v.type = 'view' ORDER BY v.name, c.cid",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        // What a view computes has no declared type; all of that is text.
        let kind = match row.get::<_, String>(2)?.to_lowercase().as_str() {
            "" => "text".to_owned(),
            kind => kind.to_owned(),
        };
        let columns = views.entry(row.get(0)?).or_default();
        columns.push((row.get(1)?, kind));
    }
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples/README.md");
    assert_eq!(documented(&std::fs::read_to_string(readme)?), views);
    assert_eq!(views.len(), 4);
    Ok(())
}
