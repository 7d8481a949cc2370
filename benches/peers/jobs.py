"""`--jobs 2` against two independent processes, each pinned to a core."""

import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from process import environment, sweep
from workloads import REPOSITORY

GRID = REPOSITORY / "benches/workloads/ring.yaml"
RUNS, STEPS, QUICK_STEPS = 8, 3000, 300
MUST, REACH = 0.95, 1.0
QUIETLY = {"stdout": subprocess.DEVNULL, "env": environment()}


def measure(command, cores, rounds, quick, say):
    """Runs per second of both, in alternation."""
    steps = QUICK_STEPS if quick else STEPS
    raw = []
    for round_ in range(rounds):
        say(f"round {round_ + 1}: --jobs 2, then two processes")
        raw.append(
            {
                "round": round_,
                "runs_per_second_jobs": together(command, cores[:2], steps),
                "runs_per_second_processes": apart(command, cores[:2], steps),
            }
        )
    return raw


def together(command, cores, steps):
    """One process with two workers."""
    with tempfile.TemporaryDirectory() as results:
        begin = time.perf_counter()
        subprocess.run(run(command, cores, results, steps, "--jobs", "2"), **QUIETLY, check=True)
        return RUNS / (time.perf_counter() - begin)


def apart(command, cores, steps):
    """Two processes with half of the seeds each; their rates are added."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        waiting = [
            subprocess.Popen(
                run(command, [core], Path(folder) / str(part), steps, "--jobs", "1", "--shard", f"{part}/2"),
                **QUIETLY,
            )
            for part, core in enumerate(cores, 1)
        ]
        rate = 0.0
        while waiting:
            for process in list(waiting):
                if process.poll() is not None:
                    assert process.returncode == 0, "gan-sweep failed"
                    rate += RUNS / 2 / (time.perf_counter() - begin)
                    waiting.remove(process)
            time.sleep(0.002)
        return rate


def run(command, cores, results, steps, *options):
    return sweep(command, cores, results, GRID, "--seeds", RUNS, "--set", f"steps={steps}", *options)


def ratio(raw):
    """Throughput of `--jobs 2` over that of two processes: the median of the rounds' ratios."""
    return statistics.median(
        entry["runs_per_second_jobs"] / entry["runs_per_second_processes"] for entry in raw
    )
