-- Version 1 of the store. Integer keys inside; people and programs read the views.

-- One row a sweep and profile: the same file under another profile asks for other runs.
CREATE TABLE sweeps (
    sweep      INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    profile    TEXT NOT NULL,          -- '' for none
    question   TEXT,
    source     TEXT NOT NULL,          -- the grid file's text
    created_at INTEGER NOT NULL,       -- seconds since 1970
    planned_at INTEGER NOT NULL,
    plan       INTEGER NOT NULL,       -- counts plans of all sweeps; the newest has the largest
    UNIQUE (name, profile)
) STRICT;

-- What a run is. One row whichever sweeps hold it.
CREATE TABLE runs (
    run        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,   -- 32 hexadecimal digits
    trajectory TEXT NOT NULL,          -- the id without steps
    seed       INTEGER NOT NULL,
    settings   TEXT NOT NULL,          -- JSON object, keys sorted
    attempts   INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Which sweep holds which run.
CREATE TABLE sweep_runs (
    sweep    INTEGER NOT NULL REFERENCES sweeps,
    run      INTEGER NOT NULL REFERENCES runs,
    position INTEGER NOT NULL,         -- place in the plan, from 0
    tags     TEXT NOT NULL,            -- JSON list
    left_at  INTEGER,                  -- when the run left the grid; NULL while it is in it
    PRIMARY KEY (sweep, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX sweep_runs_in_order ON sweep_runs (sweep, position);

-- By what a run was made; attempts share a row.
CREATE TABLE provenances (
    provenance    INTEGER PRIMARY KEY,
    git_revision  TEXT NOT NULL,
    dirty         INTEGER NOT NULL,
    versions      TEXT NOT NULL,
    numeric_class TEXT NOT NULL,
    UNIQUE (git_revision, dirty, versions, numeric_class)
) STRICT;

-- How a run went, each time. The last attempt is the run's; it has no outcome until it ended.
CREATE TABLE attempts (
    run              INTEGER NOT NULL REFERENCES runs,
    attempt          INTEGER NOT NULL, -- from 1
    started_at       INTEGER NOT NULL,
    host             TEXT NOT NULL,
    provenance       INTEGER NOT NULL REFERENCES provenances,
    outcome          TEXT CHECK (outcome IN ('done', 'diverged', 'failed', 'crashed')),
    outcome_step     INTEGER,          -- of a divergence
    outcome_quantity TEXT,             -- what stopped being finite
    outcome_message  TEXT,             -- of a failure or a panic
    outcome_place    TEXT,             -- of a panic
    weights_digest   TEXT,
    series_digest    TEXT,
    flops            INTEGER,
    wall_seconds     REAL,
    cpu_seconds      REAL,
    ended_at         INTEGER,
    PRIMARY KEY (run, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE quantities (
    quantity INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE
) STRICT;

-- Every logged value of a run's last attempt. SQLite turns NaN into NULL, so a value has a kind.
CREATE TABLE metrics (
    run      INTEGER NOT NULL REFERENCES runs,
    quantity INTEGER NOT NULL REFERENCES quantities,
    step     INTEGER NOT NULL,         -- generator updates done
    value    REAL,                     -- NULL unless finite
    kind     INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 3), -- finite, nan, +inf, -inf
    worst    INTEGER NOT NULL CHECK (worst IN (0, 1)), -- stands in for a diverged run's value
    PRIMARY KEY (run, quantity, step),
    CHECK ((kind = 0) = (value IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- What G made; the blob's layout is in store/sample.rs.
CREATE TABLE samples (
    run     INTEGER NOT NULL REFERENCES runs,
    step    INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (run, step)
) STRICT;

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
SELECT r.id AS run, a.attempt, coalesce(a.outcome, 'unfinished') AS outcome, a.outcome_step,
       a.outcome_quantity, a.outcome_message, a.outcome_place, a.started_at, a.ended_at, a.wall_seconds, a.cpu_seconds, a.host,
       p.git_revision, p.dirty, p.versions, p.numeric_class
FROM attempts a
JOIN runs r USING (run)
JOIN provenances p USING (provenance)
ORDER BY r.id, a.attempt;
