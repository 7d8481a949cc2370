"""What a run costs besides its training: 10,000 runs of ten steps of a tiny perceptron.

    overhead = wall · workers / runs − the time of ten steps − the time of the final evaluation

The wall clock is that of the whole command: reading the grid, planning, starting, storing, the table
at the end. A step and an evaluation are timed by the benchmark, without store or plan.
"""

import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

from process import environment, sweep
from workloads import REPOSITORY

GRID = REPOSITORY / "benches/workloads/tiny.yaml"
RUNS, QUICK_RUNS = 10_000, 1_000
STEPS = 10
# The first and the last so many runs are compared: a tenth.
TENTH = 10
MUST, REACH = 2.0, 0.5
# Flat: the last tenth may take so much longer than the first.
FLAT = 1.15
# Between two looks into the store, which cost it time.
LOOK = 0.2


def measure(command, ours, cores, quick, say):
    """Milliseconds a run."""
    runs = QUICK_RUNS if quick else RUNS
    say("overhead: a step and an evaluation")
    step = 1 / ours.measure(cores[0], "--workload", "tiny", "--steps", "20000")["steps_per_second"]
    evaluation = ours.measure(cores[0], "--workload", "tiny", "--evaluation", "--steps", "101")["seconds"]
    say(f"overhead: {runs} runs on {len(cores)} cores")
    with tempfile.TemporaryDirectory() as results:
        wall, done = watch(command, cores, Path(results), runs)
        inside = seconds_inside(Path(results))
    part = runs // TENTH
    milliseconds = 1e3 * len(cores) / part
    whole = 1e3 * wall * len(cores) / runs
    return {
        "runs": runs,
        "workers": len(cores),
        "wall_seconds": wall,
        "whole_ms": whole,
        "steps_ms": 1e3 * STEPS * step,
        "evaluation_ms": 1e3 * evaluation,
        "inside_ms": 1e3 * inside,
        "overhead_ms": whole - 1e3 * STEPS * step - 1e3 * evaluation,
        "first_tenth_ms": milliseconds * (moment(done, part) - moment(done, 0)),
        "last_tenth_ms": milliseconds * (moment(done, runs) - moment(done, runs - part)),
    }


def watch(command, cores, results, runs):
    """Seconds of the whole command, and how many runs the store held when: (seconds, runs)."""
    line = sweep(
        command, cores, results, GRID,
        "--seeds", runs, "--set", f"steps={STEPS}", "--jobs", len(cores),
    )  # fmt: skip
    begin = time.perf_counter()
    done = [(0.0, 0)]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, env=environment())
    while process.poll() is None:
        time.sleep(LOOK)
        count = ended(results)
        if count is not None and count > done[-1][1]:
            done.append((time.perf_counter() - begin, count))
        elif done[-1][1] == 0:
            # Nothing has ended yet: the first tenth begins with the first run, not with the plan.
            done = [(time.perf_counter() - begin, 0)]
    wall = time.perf_counter() - begin
    assert process.returncode == 0, "gan-sweep failed"
    if done[-1][1] < runs:
        done.append((wall, runs))
    return wall, done


def ended(results):
    """Runs that have ended, or None while there is no table of them."""
    try:
        return ask(results, "SELECT count(*) FROM attempts WHERE outcome IS NOT NULL")
    except sqlite3.Error:
        return None


def seconds_inside(results):
    """The mean time between the start and the end of a run, as recorded with it."""
    return ask(results, "SELECT avg(wall_seconds) FROM attempts WHERE outcome = 'done'")


def ask(results, question):
    store = sqlite3.connect(f"file:{results / 'gan-sweep.db'}?mode=ro", uri=True)
    try:
        return store.execute(question).fetchone()[0]
    finally:
        store.close()


def moment(done, count):
    """When so many runs had ended, between two looks by proportion."""
    for (earlier, fewer), (later, more) in zip(done, done[1:]):
        if more >= count:
            return earlier + (later - earlier) * max(0, count - fewer) / (more - fewer)
    return done[-1][0]
