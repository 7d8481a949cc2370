//! A table as a Parquet file.
//!
//! Written column by column, without Arrow: the rows are at hand one by one, and Arrow would be ten more
//! crates. Every column is optional; a list of words is one as the format defines it.

use std::io::Write;
use std::sync::Arc;

use anyhow::Context;
use parquet::basic::{
    Compression, ConvertedType, GzipLevel, LogicalType, Repetition, Type as Physical,
};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::cell::{Cell, Column, Holds};

/// Rows that are held in memory and then compressed together.
const GROUP: usize = 1 << 17;

/// Writes rows.
pub(super) struct Table<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<Values>,
    rows: usize,
}

impl<W: Write + Send> Table<W> {
    pub fn new(to: W, columns: &[Column]) -> anyhow::Result<Self> {
        let fields = columns.iter().map(|column| Ok(Arc::new(field(column)?)));
        let schema = Type::group_type_builder("table")
            .with_fields(fields.collect::<anyhow::Result<_>>()?)
            .build()?;
        // The codec that is in the program already.
        let properties = WriterProperties::builder()
            .set_compression(Compression::GZIP(GzipLevel::default()))
            .build();
        Ok(Self {
            writer: SerializedFileWriter::new(to, Arc::new(schema), Arc::new(properties))?,
            columns: columns.iter().map(|c| Values::new(c.holds)).collect(),
            rows: 0,
        })
    }

    pub fn row(&mut self, cells: &[Cell]) -> anyhow::Result<()> {
        for (values, cell) in self.columns.iter_mut().zip(cells) {
            values
                .push(cell)
                .with_context(|| format!("{cell:?} is not of its column's type"))?;
        }
        self.rows += 1;
        if self.rows == GROUP {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        let mut group = self.writer.next_row_group()?;
        for values in &mut self.columns {
            values.write(&mut group)?;
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }

    pub fn finish(mut self) -> anyhow::Result<()> {
        if self.rows > 0 {
            self.flush()?;
        }
        self.writer.close()?;
        Ok(())
    }
}

fn field(column: &Column) -> anyhow::Result<Type> {
    let primitive = |name: &str, physical, logical| {
        Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
    };
    let name = column.name.as_str();
    Ok(match column.holds {
        Holds::Text => primitive(name, Physical::BYTE_ARRAY, Some(LogicalType::String))?,
        Holds::Whole => primitive(name, Physical::INT64, None)?,
        Holds::Number => primitive(name, Physical::DOUBLE, None)?,
        Holds::Flag => primitive(name, Physical::BOOLEAN, None)?,
        Holds::Words => {
            let word = Type::primitive_type_builder("element", Physical::BYTE_ARRAY)
                .with_repetition(Repetition::REQUIRED)
                .with_logical_type(Some(LogicalType::String))
                .build()?;
            let list = Type::group_type_builder("list")
                .with_repetition(Repetition::REPEATED)
                .with_fields(vec![Arc::new(word)])
                .build()?;
            Type::group_type_builder(name)
                .with_repetition(Repetition::REQUIRED)
                .with_logical_type(Some(LogicalType::List))
                .with_converted_type(ConvertedType::LIST)
                .with_fields(vec![Arc::new(list)])
                .build()?
        }
    })
}

/// The values of a column in a group of rows. `level` says of each row, or of each word, whether there is one.
enum Values {
    Text(Vec<ByteArray>, Vec<i16>),
    Whole(Vec<i64>, Vec<i16>),
    Number(Vec<f64>, Vec<i16>),
    Flag(Vec<bool>, Vec<i16>),
    /// And whether a word goes on with a row's list.
    Words(Vec<ByteArray>, Vec<i16>, Vec<i16>),
}

impl Values {
    fn new(holds: Holds) -> Self {
        match holds {
            Holds::Text => Self::Text(Vec::new(), Vec::new()),
            Holds::Whole => Self::Whole(Vec::new(), Vec::new()),
            Holds::Number => Self::Number(Vec::new(), Vec::new()),
            Holds::Flag => Self::Flag(Vec::new(), Vec::new()),
            Holds::Words => Self::Words(Vec::new(), Vec::new(), Vec::new()),
        }
    }

    /// Adds a row's; `None` if it is of another type.
    fn push(&mut self, cell: &Cell) -> Option<()> {
        let level = i16::from(*cell != Cell::Absent);
        match (self, cell) {
            (Self::Words(words, present, goes_on), Cell::Words(row)) => {
                words.extend(row.iter().map(|word| ByteArray::from(word.as_str())));
                let is_empty = row.is_empty();
                present.extend(std::iter::repeat_n(i16::from(!is_empty), row.len().max(1)));
                goes_on.extend((0..row.len().max(1)).map(|i| i16::from(i > 0)));
                return Some(());
            }
            (Self::Text(_, levels), Cell::Absent)
            | (Self::Whole(_, levels), Cell::Absent)
            | (Self::Number(_, levels), Cell::Absent)
            | (Self::Flag(_, levels), Cell::Absent) => levels.push(level),
            (Self::Text(values, levels), Cell::Text(text) | Cell::Setting(text, _)) => {
                values.push(ByteArray::from(text.as_str()));
                levels.push(level);
            }
            (Self::Whole(values, levels), Cell::Count(n)) => {
                values.push(i64::try_from(*n).ok()?);
                levels.push(level);
            }
            (Self::Whole(values, levels), Cell::Setting(_, json)) => {
                values.push(json.as_i64()?);
                levels.push(level);
            }
            (Self::Number(values, levels), Cell::Number(x)) => {
                values.push(*x);
                levels.push(level);
            }
            (Self::Number(values, levels), Cell::Setting(_, json)) => {
                values.push(json.as_f64()?);
                levels.push(level);
            }
            (Self::Flag(values, levels), Cell::Flag(yes)) => {
                values.push(*yes);
                levels.push(level);
            }
            _ => return None,
        }
        Some(())
    }

    /// Writes them as the next column, and forgets them.
    fn write<W: Write + Send>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> anyhow::Result<()> {
        match self {
            Self::Text(values, levels) => column::<ByteArrayType, W>(group, values, levels, None),
            Self::Whole(values, levels) => column::<Int64Type, W>(group, values, levels, None),
            Self::Number(values, levels) => column::<DoubleType, W>(group, values, levels, None),
            Self::Flag(values, levels) => column::<BoolType, W>(group, values, levels, None),
            Self::Words(values, levels, goes_on) => {
                column::<ByteArrayType, W>(group, values, levels, Some(goes_on))
            }
        }
    }
}

fn column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &mut Vec<T::T>,
    levels: &mut Vec<i16>,
    goes_on: Option<&mut Vec<i16>>,
) -> anyhow::Result<()> {
    let mut column = group.next_column()?.context("a column too many")?;
    column.typed::<T>().write_batch(
        values,
        Some(levels),
        goes_on.as_ref().map(|r| r.as_slice()),
    )?;
    column.close()?;
    values.clear();
    levels.clear();
    if let Some(goes_on) = goes_on {
        goes_on.clear();
    }
    Ok(())
}
