//! The ways to write a row.

use std::io::{self, Write};

use serde_json::Value;

use super::cell::{Cell, Column};
#[cfg(feature = "parquet")]
use super::parquet;

/// Takes rows, columns in their order.
pub(super) enum Sink<'a> {
    /// Comma-separated values with a header.
    Csv(Box<csv::Writer<&'a mut dyn Write>>),
    /// One JSON object a line.
    Jsonl(&'a mut dyn Write),
    /// Columns, of which groups of rows are compressed.
    #[cfg(feature = "parquet")]
    Parquet(Box<parquet::Table<&'a mut (dyn Write + Send)>>),
}

impl<'a> Sink<'a> {
    pub fn csv(to: &'a mut dyn Write, columns: &[Column]) -> io::Result<Self> {
        let mut csv = csv::Writer::from_writer(to);
        csv.write_record(columns.iter().map(|column| &column.name))
            .map_err(plain)?;
        Ok(Self::Csv(Box::new(csv)))
    }

    pub fn row(&mut self, columns: &[Column], cells: &[Cell]) -> anyhow::Result<()> {
        match self {
            Self::Csv(csv) => csv
                .write_record(cells.iter().map(Cell::csv))
                .map_err(plain)?,
            Self::Jsonl(to) => {
                // Not a map of serde_json, which would sort the columns.
                let fields: Vec<String> = columns
                    .iter()
                    .zip(cells)
                    .map(|(column, cell)| {
                        format!("{}:{}", Value::from(column.name.as_str()), cell.json())
                    })
                    .collect();
                writeln!(to, "{{{}}}", fields.join(","))?;
            }
            #[cfg(feature = "parquet")]
            Self::Parquet(table) => table.row(cells)?,
        }
        Ok(())
    }

    pub fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Csv(mut csv) => csv.flush()?,
            Self::Jsonl(to) => to.flush()?,
            #[cfg(feature = "parquet")]
            Self::Parquet(table) => table.finish()?,
        }
        Ok(())
    }
}

/// The error as the file or pipe gave it; csv's own conversion hides its kind.
fn plain(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
