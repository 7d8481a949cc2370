"""Peak memory of sweeps with one, two and four workers."""

import tempfile

from process import megabytes_while_running, peak_megabytes, sweep
from workloads import REPOSITORY

WORKLOADS = REPOSITORY / "benches/workloads"
JOBS = (1, 2, 4)
STEPS = 300
MOST_PER_WORKER = 20.0

# Long after MNIST is unpacked, long before the first evaluation.
SETTLED_SECONDS = 8
ENDLESS = 10_000_000
# 10,000 images of 28 × 28 bytes, in MB: what each worker would add if it held them itself.
MNIST_MEGABYTES = 7.84


def measure(command, cores, say):
    """MB of the ring and of MNIST by the number of workers, at their `peak`, when `idle` (the same
    command when every run is done), and, of MNIST, in the middle of `training`."""
    raw = []

    def keep(name, jobs, when, megabytes):
        raw.append({"workload": name, "jobs": jobs, "when": when, "megabytes": megabytes})

    for name in ("ring", "mnist"):
        for jobs in JOBS:
            say(f"memory of {name} with {jobs} workers")
            with tempfile.TemporaryDirectory() as results:
                line = words(command, cores, results, name, jobs, STEPS)
                keep(name, jobs, "peak", peak_megabytes(line))
                keep(name, jobs, "idle", peak_megabytes(line))
    for jobs in JOBS:
        say(f"memory of mnist with {jobs} workers, training")
        with tempfile.TemporaryDirectory() as results:
            line = words(command, cores, results, "mnist", jobs, ENDLESS)
            line += ["--set", f"eval_every={ENDLESS}"]
            keep("mnist", jobs, "training", megabytes_while_running(line, SETTLED_SECONDS))
    return raw


def words(command, cores, results, name, jobs, steps):
    grid = WORKLOADS / f"{name}.yaml"
    seeds = ["--seeds", max(JOBS)]
    return sweep(command, cores, results, grid, *seeds, "--set", f"steps={steps}", "--jobs", jobs)


def found(raw, name, when, jobs=None):
    return [
        entry["megabytes"]
        for entry in raw
        if entry["workload"] == name and entry["when"] == when and jobs in (None, entry["jobs"])
    ]


def peak(raw, name, jobs):
    """The largest of the measurements."""
    return max(found(raw, name, "peak", jobs))


def idle(raw, name):
    """The idle process: the least, because anything above it is not idle."""
    return min(found(raw, name, "idle"))


def per_worker(raw, name, jobs):
    """MB a worker above the idle process."""
    return (peak(raw, name, jobs) - idle(raw, name)) / jobs


def growth(raw, name, when):
    """MB that each worker after the first adds."""
    most = max(JOBS)
    return (max(found(raw, name, when, most)) - max(found(raw, name, when, 1))) / (most - 1)
