//! Plots and the HTML report of a sweep.
