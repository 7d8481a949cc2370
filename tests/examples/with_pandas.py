"""pandas: which loss and norm keep more modes?

    python3 tests/examples/with_pandas.py results/gan-sweep.db

Needs pandas. Reads the sweep that `run experiments/quickstart.yaml --profile quick` makes.
"""

import json
import sqlite3
import sys
from pathlib import Path

import pandas as pd

path = Path(sys.argv[1] if len(sys.argv) > 1 else "results/gan-sweep.db").resolve()
# Read-only: a sweep may be writing.
database = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)

# SQLite has no NaN and no infinity: of such a value only its kind says what it is.
runs = pd.read_sql_query(
    """
    SELECT r.run, r.seed, r.settings, r.outcome, f.worst,
           CASE f.kind WHEN 'finite' THEN f.value WHEN '+inf' THEN 9e999 WHEN '-inf' THEN -9e999 END
               AS covered
    FROM v_runs r JOIN v_final f USING (sweep, profile, run)
    WHERE r.sweep = 'quickstart' AND r.profile = 'quick' AND f.quantity = 'covered'
    """,
    database,
)
# Settings are one JSON object a run; here they become columns.
settings = pd.DataFrame(runs.pop("settings").map(json.loads).tolist())
runs = runs.join(settings)

means = runs.groupby(["loss", "norm.g"])["covered"].agg(["count", "mean"])
print(means)

expected = {
    ("minimax", "batch"): (8, 2.0),
    ("minimax", "none"): (8, 2.0),
    ("non_saturating", "batch"): (8, 2.375),
    ("non_saturating", "none"): (8, 2.75),
}
found = {cell: (int(n), mean) for cell, n, mean in means.itertuples()}
assert found == expected, f"expected {expected}"
