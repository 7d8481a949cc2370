//! `export --format parquet` on made-up results, read by the reader of the `parquet` crate.

use std::fs::File;
use std::path::Path;

use gan_sweep::event::Outcome;
use gan_sweep::param::Value;
use gan_sweep::store::Writer;
use parquet::basic::Type;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use tempfile::TempDir;

use crate::synthetic::{Checked, plan, prints, provenance, refuses, report, results, spec};

type Read = Result<(SerializedFileReader<File>, Vec<Row>), Box<dyn std::error::Error>>;

fn read(results: &Path, sweep: &str, table: &str) -> Read {
    let file = results.join("table.parquet");
    let path = file.to_str().ok_or("a path in UTF-8")?;
    let arguments = [
        "export", sweep, "--table", table, "--format", "parquet", "--output", path,
    ];
    assert_eq!(prints(results, &arguments)?, "");
    let reader = SerializedFileReader::new(File::open(file)?)?;
    let rows = reader.get_row_iter(None)?.collect::<Result<_, _>>()?;
    Ok((reader, rows))
}

/// A field of a row as the CSV export spells it.
fn spelled(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Bool(yes) => yes.to_string(),
        Field::Long(n) => n.to_string(),
        Field::Double(x) => format!("{x:?}"),
        Field::ListInternal(list) => {
            let words: Vec<_> = list.elements().iter().map(spelled).collect();
            words.join(" ")
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn a_parquet_file_says_what_the_csv_says() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    for table in ["runs", "metrics"] {
        let (_, rows) = read(folder.path(), "demo", table)?;
        let csv = prints(folder.path(), &["export", "demo", "--table", table])?;
        let mut csv = csv::Reader::from_reader(csv.as_bytes());
        let names: Vec<String> = csv.headers()?.iter().map(str::to_owned).collect();
        let expected: Vec<csv::StringRecord> = csv.records().collect::<Result<_, _>>()?;
        assert!(expected.len() >= 26);
        assert_eq!(rows.len(), expected.len());
        for (row, expected) in rows.iter().zip(&expected) {
            let columns: Vec<_> = row.get_column_iter().collect();
            assert_eq!(columns.len(), expected.len());
            for (((name, field), column), text) in columns.iter().zip(&names).zip(expected) {
                assert_eq!(*name, column);
                let number = |text: &str| text.parse::<f64>().ok();
                match (field, number(text)) {
                    // A setting of 2 is 2.0, and one of 2e-4 is 0.0002.
                    (Field::Double(x), Some(y)) => {
                        assert!(*x == y || x.is_nan() && y.is_nan(), "{name}: {x}, {y}");
                    }
                    _ => assert_eq!(spelled(field), text, "{name}"),
                }
            }
        }
    }
    Ok(())
}

#[test]
fn columns_have_types() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let types = |table| -> Result<Vec<(String, Type)>, Box<dyn std::error::Error>> {
        let (reader, _) = read(folder.path(), "demo", table)?;
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        let columns = schema.columns().iter();
        Ok(columns
            .map(|c| (c.path().string(), c.physical_type()))
            .collect())
    };
    let expected = [
        ("position", Type::INT64),
        ("run", Type::BYTE_ARRAY),
        ("seed", Type::INT64),
        ("step", Type::INT64),
        ("quantity", Type::BYTE_ARRAY),
        ("value", Type::DOUBLE),
        ("worst", Type::BOOLEAN),
    ];
    assert_eq!(types("metrics")?, expected.map(|(n, t)| (n.to_owned(), t)));
    let runs = types("runs")?;
    let of = |name: &str| runs.iter().find(|(n, _)| n == name).map(|(_, t)| *t);
    assert_eq!(of("outcome_step"), Some(Type::INT64));
    assert_eq!(of("k"), Some(Type::INT64));
    assert_eq!(of("lr.g"), Some(Type::DOUBLE));
    assert_eq!(of("hidden.g"), Some(Type::BYTE_ARRAY));
    assert_eq!(of("covered"), Some(Type::DOUBLE));
    assert_eq!(of("worst.list.element"), Some(Type::BYTE_ARRAY));
    Ok(())
}

#[test]
fn numbers_that_are_not_finite_are_kept() -> Checked {
    let folder = TempDir::new()?;
    let of_seed = spec(&[("k", Value::Text("converge".to_owned()))], 0);
    let writer = Writer::open(folder.path(), provenance())?;
    writer.plan(&plan("edges", std::slice::from_ref(&of_seed)))?;
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 5e-324, -0.1];
    let names = ["d.fake", "d.real", "grad.d", "grad.g", "loss.d"];
    let logged: Vec<_> = names.into_iter().zip(values).collect();
    let steps = [(1, logged.as_slice())];
    report(&writer.sender(), of_seed.id(), &steps, &[], Outcome::Done)?;
    writer.close()?;
    let (_, rows) = read(folder.path(), "edges", "metrics")?;
    let found: Vec<Field> = rows
        .iter()
        .filter_map(|row| row.get_column_iter().nth(5).map(|(_, field)| field.clone()))
        .collect();
    assert_eq!(found.len(), values.len());
    for (field, value) in found.iter().zip(values) {
        match field {
            Field::Double(x) if value.is_nan() => assert!(x.is_nan()),
            field => assert_eq!(*field, Field::Double(value)),
        }
    }
    let (_, rows) = read(folder.path(), "edges", "runs")?;
    let k = rows[0].get_column_iter().find(|(name, _)| *name == "k");
    assert_eq!(
        k.map(|(_, field)| spelled(field)),
        Some("converge".to_owned())
    );
    Ok(())
}

#[test]
fn a_parquet_file_needs_a_name() -> Checked {
    let folder = TempDir::new()?;
    results(folder.path())?;
    let arguments = ["export", "demo", "--table", "runs", "--format", "parquet"];
    assert_eq!(
        refuses(folder.path(), &arguments)?,
        "error: a Parquet file is no text: name one by --output FILE"
    );
    Ok(())
}
