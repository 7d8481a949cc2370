-- Version 2: what a run leaves behind, and by which features it was measured.

-- The weights at the end of a run that is done: a safetensors file, laid out as train/weights.rs says.
CREATE TABLE weights (
    run     INTEGER PRIMARY KEY REFERENCES runs,
    content BLOB NOT NULL
) STRICT;

-- Name and digest of the network whose features FID and its like compare; NULL where there is none.
ALTER TABLE attempts ADD COLUMN features TEXT;
