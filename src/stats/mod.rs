//! Summaries, intervals and paired tests. Pure functions.
