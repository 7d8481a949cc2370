//! Columns of text, aligned.

/// A column's name and whether its values are numbers, which stand at the right.
pub(super) struct Heading<'a> {
    pub name: &'a str,
    pub right: bool,
}

/// Lines of aligned cells, two blanks apart, the heading first, without blanks at the end.
pub(super) fn lines(headings: &[Heading<'_>], rows: &[Vec<String>]) -> Vec<String> {
    let widths: Vec<usize> = headings
        .iter()
        .enumerate()
        .map(|(i, heading)| {
            rows.iter()
                .filter_map(|row| row.get(i))
                .map(|cell| cell.chars().count())
                .chain([heading.name.chars().count()])
                .max()
                .unwrap_or(0)
        })
        .collect();
    let names: Vec<String> = headings.iter().map(|h| h.name.to_owned()).collect();
    std::iter::once(&names)
        .chain(rows)
        .map(|row| {
            let mut line = String::new();
            for ((cell, heading), &width) in row.iter().zip(headings).zip(&widths) {
                let blanks = " ".repeat(width - cell.chars().count());
                let (before, after) = if heading.right {
                    (blanks.as_str(), "")
                } else {
                    ("", blanks.as_str())
                };
                line.push_str(&format!("{before}{cell}{after}  "));
            }
            line.trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_letters_and_numbers_stand_at_the_right() {
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
        let rows = [
            vec!["minimax".to_owned(), "10".to_owned()],
            vec!["x".to_owned(), "2".to_owned()],
        ];
        assert_eq!(
            lines(&headings, &rows),
            ["потеря    k", "minimax  10", "x         2"]
        );
    }
}
