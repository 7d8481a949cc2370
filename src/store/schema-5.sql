-- Version 5: files of runs that workers elsewhere wrote.

-- A file whose runs are here. Its name is never used again.
CREATE TABLE shards (
    name         TEXT PRIMARY KEY, -- without its folder
    attempts     INTEGER NOT NULL, -- that it holds
    collected_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
