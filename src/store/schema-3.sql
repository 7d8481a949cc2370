-- Version 3: runs that are left and gone on with, and runs that take too long.

DROP VIEW v_runs;
DROP VIEW v_metrics;
DROP VIEW v_final;
DROP VIEW v_attempts;
ALTER TABLE attempts RENAME TO attempts_2;

-- How a run went, each time. The last attempt is the run's; it has no outcome until it ended. One with
-- neither an outcome nor a step at which it was left was lost with its process.
CREATE TABLE attempts (
    run              INTEGER NOT NULL REFERENCES runs,
    attempt          INTEGER NOT NULL, -- from 1
    started_at       INTEGER NOT NULL,
    from_step        INTEGER NOT NULL DEFAULT 0, -- of the checkpoint that it went on from; 0 for none
    host             TEXT NOT NULL,
    provenance       INTEGER NOT NULL REFERENCES provenances,
    features         TEXT,             -- whose features FID and its like compare; NULL for none
    stopped_step     INTEGER,          -- where it was left, because somebody asked
    outcome          TEXT CHECK (outcome IN ('done', 'diverged', 'failed', 'crashed', 'timed_out')),
    outcome_step     INTEGER,          -- of a divergence, or where the time was up
    outcome_quantity TEXT,             -- what stopped being finite
    outcome_message  TEXT,             -- of a failure or a panic
    outcome_place    TEXT,             -- of a panic
    limit_seconds    REAL,             -- how long a run that was timed out might have taken
    weights_digest   TEXT,
    series_digest    TEXT,
    flops            INTEGER,
    wall_seconds     REAL,             -- with that of the attempts that it went on from
    cpu_seconds      REAL,             -- of this attempt
    ended_at         INTEGER,
    PRIMARY KEY (run, attempt)
) STRICT, WITHOUT ROWID;

INSERT INTO attempts (run, attempt, started_at, from_step, host, provenance, features, outcome,
    outcome_step, outcome_quantity, outcome_message, outcome_place, weights_digest, series_digest, flops,
    wall_seconds, cpu_seconds, ended_at)
SELECT run, attempt, started_at, 0, host, provenance, features, outcome,
    outcome_step, outcome_quantity, outcome_message, outcome_place, weights_digest, series_digest, flops,
    wall_seconds, cpu_seconds, ended_at
FROM attempts_2;
DROP TABLE attempts_2;

-- The runs of every sweep in plan order, with settings as JSON and the outcome: what
-- `export --table runs` lists, without execution columns.
CREATE VIEW v_runs AS
SELECT s.name AS sweep, s.profile, m.position, r.id AS run, r.seed, r.settings, m.tags,
       coalesce(a.outcome, 'missing') AS outcome, a.outcome_step, a.outcome_quantity,
       a.outcome_message, a.outcome_place, a.weights_digest, a.series_digest, a.flops
FROM sweep_runs m
JOIN sweeps s USING (sweep)
JOIN runs r USING (run)
LEFT JOIN attempts a ON a.run = r.run AND a.attempt = r.attempts
WHERE m.left_at IS NULL
ORDER BY s.name, s.profile, m.position;

-- Every value of every run that ended: what `export --table metrics` lists.
CREATE VIEW v_metrics AS
SELECT s.name AS sweep, s.profile, m.position, r.id AS run, x.step, q.name AS quantity, x.value,
       CASE x.kind WHEN 0 THEN 'finite' WHEN 1 THEN 'nan' WHEN 2 THEN '+inf' ELSE '-inf' END
           AS kind,
       x.worst
FROM sweep_runs m
JOIN sweeps s USING (sweep)
JOIN runs r USING (run)
JOIN attempts a ON a.run = r.run AND a.attempt = r.attempts AND a.outcome IS NOT NULL
JOIN metrics x ON x.run = r.run
JOIN quantities q USING (quantity)
WHERE m.left_at IS NULL
ORDER BY s.name, s.profile, m.position, x.step, q.name;

-- The last value of every run that ended and quantity.
CREATE VIEW v_final AS
SELECT s.name AS sweep, s.profile, m.position, r.id AS run, x.step, q.name AS quantity, x.value,
       CASE x.kind WHEN 0 THEN 'finite' WHEN 1 THEN 'nan' WHEN 2 THEN '+inf' ELSE '-inf' END
           AS kind,
       x.worst
FROM sweep_runs m
JOIN sweeps s USING (sweep)
JOIN runs r USING (run)
JOIN attempts a ON a.run = r.run AND a.attempt = r.attempts AND a.outcome IS NOT NULL
CROSS JOIN quantities q
JOIN metrics x ON x.run = r.run AND x.quantity = q.quantity AND x.step = (
    SELECT max(y.step) FROM metrics y WHERE y.run = r.run AND y.quantity = q.quantity)
WHERE m.left_at IS NULL
ORDER BY s.name, s.profile, m.position, q.name;

-- How the work went: every attempt, with times, host and provenance.
CREATE VIEW v_attempts AS
SELECT r.id AS run, a.attempt,
       coalesce(a.outcome, CASE WHEN a.stopped_step IS NULL THEN 'unfinished' ELSE 'stopped' END)
           AS outcome,
       a.outcome_step, a.outcome_quantity, a.outcome_message, a.outcome_place, a.limit_seconds,
       a.from_step, a.stopped_step, a.started_at, a.ended_at, a.wall_seconds, a.cpu_seconds, a.host,
       p.git_revision, p.dirty, p.versions, p.numeric_class
FROM attempts a
JOIN runs r USING (run)
JOIN provenances p USING (provenance)
ORDER BY r.id, a.attempt;

-- BLAKE3 of the content, by which damage is noticed; NULL of what an older version wrote.
ALTER TABLE weights ADD COLUMN checksum BLOB;
ALTER TABLE samples ADD COLUMN checksum BLOB;
