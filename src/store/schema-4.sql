-- Version 4: verdicts that were taken.

-- A comparison whose claims were judged on so many units. Judging it again on more of them is another look,
-- at a smaller level.
CREATE TABLE looks (
    name     TEXT NOT NULL,    -- of the sweep
    profile  TEXT NOT NULL,
    units    INTEGER NOT NULL, -- of all its claims together
    taken_at INTEGER NOT NULL,
    PRIMARY KEY (name, profile, units)
) STRICT, WITHOUT ROWID;
