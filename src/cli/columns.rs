//! Plain aligned columns.

/// How a column is aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table that grows row by row.
#[derive(Debug, Default)]
pub(super) struct Columns {
    head: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

const GAP: &str = "  ";

/// Letters up to which a cell widens its column: beyond, it would fill a line of blanks in every row.
const WIDEST: usize = 1000;

impl Columns {
    /// Adds a column.
    pub(super) fn column(mut self, name: impl Into<String>, align: Align) -> Self {
        self.head.push((name.into(), align));
        self
    }

    /// Adds a row with one text a column.
    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Leaves out those of these columns whose every cell is `0`: a line of a terminal is short.
    pub(super) fn without_zeros(mut self, names: &[&str]) -> Self {
        for i in (0..self.head.len()).rev() {
            let is_named = names.contains(&self.head[i].0.as_str());
            if is_named && self.rows.iter().all(|row| row[i] == "0") {
                self.head.remove(i);
                self.rows.iter_mut().for_each(|row| {
                    row.remove(i);
                });
            }
        }
        self
    }

    /// The text, one line a row, without blanks at the ends of lines.
    pub(super) fn text(&self) -> String {
        let head: Vec<String> = self.head.iter().map(|(name, _)| name.clone()).collect();
        let lines = || std::iter::once(&head).chain(&self.rows);
        let widths: Vec<usize> = (0..head.len())
            .map(|i| {
                let cells = lines().filter_map(|line| line.get(i));
                let widths = cells.map(|cell| cell.chars().count().min(WIDEST));
                widths.max().unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for line in lines() {
            let cells = line.iter().zip(&widths).zip(&self.head);
            let padded: Vec<String> = cells
                .map(|((cell, &width), (_, align))| {
                    let blanks = " ".repeat(width.saturating_sub(cell.chars().count()));
                    match align {
                        Align::Left => format!("{cell}{blanks}"),
                        Align::Right => format!("{blanks}{cell}"),
                    }
                })
                .collect();
            text.push_str(padded.join(GAP).trim_end());
            text.push('\n');
        }
        text
    }
}

/// A column's name and whether its values are numbers, which stand at the right.
pub(super) struct Heading<'a> {
    pub name: &'a str,
    pub right: bool,
}

/// Lines of aligned cells, the heading first.
pub(super) fn lines(headings: &[Heading<'_>], rows: &[Vec<String>]) -> Vec<String> {
    let align = |right| if right { Align::Right } else { Align::Left };
    let columns = Columns {
        head: headings
            .iter()
            .map(|h| (h.name.to_owned(), align(h.right)))
            .collect(),
        rows: rows.to_vec(),
    };
    columns.text().lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{Align, Columns, Heading, lines};

    #[test]
    fn words_align_left_and_numbers_right() {
        let mut columns = Columns::default()
            .column("loss", Align::Left)
            .column("n", Align::Right);
        columns.row(vec!["minimax".to_owned(), "3".to_owned()]);
        columns.row(vec!["–".to_owned(), "10".to_owned()]);
        assert_eq!(columns.text(), "loss      n\nminimax   3\n–        10\n");
    }

    #[test]
    fn a_named_column_of_zeros_is_left_out() {
        let mut columns = Columns::default();
        for name in ["failed", "missing", "n"] {
            columns = columns.column(name, Align::Right);
        }
        columns.row(["0", "0", "0"].map(str::to_owned).into());
        columns.row(["0", "2", "0"].map(str::to_owned).into());
        let text = columns.without_zeros(&["failed", "missing"]).text();
        assert_eq!(text, "missing  n\n      0  0\n      2  0\n");
    }

    #[test]
    fn a_cell_of_a_hundred_thousand_letters_does_not_widen_its_column() {
        let mut columns = Columns::default()
            .column("tags", Align::Left)
            .column("n", Align::Right);
        columns.row(vec!["t".repeat(100_000), "1".to_owned()]);
        columns.row(vec!["t".to_owned(), "2".to_owned()]);
        assert_eq!(
            columns.text().lines().last().map(str::len),
            Some(1000 + 2 + 1)
        );
    }

    #[test]
    fn cyrillic_letters_are_one_column_wide() {
        let headings = [
            Heading {
                name: "потеря",
                right: false,
            },
            Heading {
                name: "k",
                right: true,
            },
        ];
        let rows = [vec!["minimax".to_owned(), "10".to_owned()]];
        assert_eq!(lines(&headings, &rows), ["потеря    k", "minimax  10"]);
    }
}
