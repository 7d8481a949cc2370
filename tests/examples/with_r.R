# R: does the non-saturating loss keep more modes? Paired by seed, as `gan-sweep compare` does it.
#
#     Rscript tests/examples/with_r.R results/gan-sweep.db
#     Rscript tests/examples/with_r.R runs.csv
#
# The first needs DBI and RSQLite; the second, of `export quickstart --table runs --output runs.csv`, nothing.
# Reads the sweep that `run experiments/quickstart.yaml --profile quick` makes.

path <- c(commandArgs(trailingOnly = TRUE), "results/gan-sweep.db")[1]

if (grepl("\\.csv$", path)) {
  runs <- read.csv(path)
  runs <- runs[runs$dataset == "ring8", ]
} else {
  # Read-only: a sweep may be writing.
  database <- DBI::dbConnect(RSQLite::SQLite(), path, flags = RSQLite::SQLITE_RO)
  runs <- DBI::dbGetQuery(database, "
    SELECT r.seed, json_extract(r.settings, '$.loss') AS loss, f.value AS covered
    FROM v_runs r JOIN v_final f USING (sweep, profile, run)
    WHERE r.sweep = 'quickstart' AND r.profile = 'quick' AND f.quantity = 'covered'")
  DBI::dbDisconnect(database)
}

# A cell counts once for each seed; the cells of a seed are averaged.
means <- tapply(runs$covered, list(seed = runs$seed, loss = runs$loss), mean)
print(means)
test <- t.test(means[, "non_saturating"], means[, "minimax"], paired = TRUE)
cat("non_saturating - minimax:", test$estimate, "95 % interval:", test$conf.int, "\n")

# What `compare quickstart --metric covered --by loss` prints in two digits: 0.6, [-3.4, 4.5].
stopifnot(
  identical(as.vector(means), c(2.375, 1.625, 2.625, 2.5)),
  isTRUE(all.equal(unname(test$estimate), 0.5625)),
  isTRUE(all.equal(as.vector(test$conf.int), c(-3.4081890, 4.5331890), tolerance = 1e-7))
)
