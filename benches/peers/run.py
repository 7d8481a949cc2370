#!/usr/bin/env python3
"""Measures gan-sweep beside PyTorch and JAX on one core, and prints the table.

    python3 benches/peers/run.py --rounds 7 --output results/benchmarks/README.md

Needs Linux, taskset, cargo and, the first time, a package index for the virtual environment. A quiet
machine: anything that runs beside it spoils the ratios.
"""

import argparse
import datetime
import json
import shlex
import sys
import tempfile
from pathlib import Path

import environment
import jobs
import machine
import memory
import overhead
import speed
import table
from participants import OURS, participants
from workloads import WORKLOADS

PARTS = ("ring", "unrolled", "dcgan", "jobs", "overhead", "memory")


def main():
    arguments = parse()
    record = {
        "command": command_line(arguments),
        "date": datetime.date.today().isoformat(),
        "machine": machine.describe(),
        "revision": environment.revision(),
        "rounds": arguments.rounds,
    }
    python = environment.python(arguments.venv)
    record["versions"] = {
        "candle": environment.locked("candle-core"),
        "gemm": environment.locked("gemm"),
        "rustc": environment.rustc().split()[1],
        **environment.versions(python),
    }
    bench, command = environment.bench(), environment.command()
    with tempfile.TemporaryDirectory() as keep:
        everyone = participants(bench, python, record["machine"], keep)
        for part in measurements(arguments, everyone, command):
            record |= part
            save(arguments.output, record)
    conclude(arguments, record)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--venv", type=Path, default=environment.HERE / ".venv", help="virtual environment, made if it does not exist")
    parser.add_argument("--core", type=int, default=machine.cores()[0], help="the core of the peers' table")
    parser.add_argument("--rounds", type=int, default=7, help="how often everything is measured")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="a trial in minutes: too short to be believed")
    parser.add_argument("--output", type=Path, help="a Markdown file; training.json goes beside it")
    arguments = parser.parse_args()
    arguments.only = arguments.only.split(",")
    unknown = set(arguments.only) - set(PARTS)
    if unknown:
        parser.error(f"--only: no part is called {', '.join(sorted(unknown))}")
    if arguments.quick and arguments.output:
        parser.error("a quick trial is not written to a file")
    if arguments.rounds < 1:
        parser.error("--rounds: at least 1")
    return arguments


def command_line(arguments):
    """What to type to make this table; where the virtual environment lies does not matter."""
    words = ["python3", "benches/peers/run.py", "--rounds", str(arguments.rounds)]
    words += ["--core", str(arguments.core)] if arguments.core != machine.cores()[0] else []
    words += ["--only", ",".join(arguments.only)] if set(arguments.only) != set(PARTS) else []
    words += ["--quick"] if arguments.quick else []
    # A path of this machine says nothing; inside the repository it does.
    if arguments.output and not arguments.output.is_absolute():
        words += ["--output", str(arguments.output)]
    return shlex.join(words)


def measurements(arguments, everyone, command):
    """The parts that were asked for, one after the other."""
    only, core, rounds, quick = arguments.only, arguments.core, arguments.rounds, arguments.quick
    ours = next(p for p in everyone if p.name == OURS)
    cores = machine.cores()
    selected = [name for name in WORKLOADS if name.split("-")[0] in only]
    if selected:
        yield {"losses": speed.compare_losses(everyone, selected, core, quick, say)}
        raw = speed.measure(everyone, selected, core, rounds, quick, say)
        speed.check_flops(raw)
        yield {"speed": raw}
    if "jobs" in only and len(cores) > 1:
        yield {"jobs": jobs.measure(command, cores, rounds, quick, say)}
    if "overhead" in only:
        yield {"overhead": overhead.measure(command, ours, cores, quick, say)}
    if "memory" in only:
        yield {"memory": memory.measure(command, cores, say)}


def save(output, record):
    """What has been measured so far, so that a late failure loses nothing."""
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(record, indent=1, ensure_ascii=False)
        output.with_name("training.json").write_text(text + "\n", encoding="utf-8")


def conclude(arguments, record):
    """Prints the table, and writes it unless it is void."""
    page = table.document(record)
    print(page)
    crippled = speed.Speeds(record["speed"]).crippled() if "speed" in record else []
    if crippled:
        sys.exit("void, and not written: " + "; ".join(crippled))
    if arguments.output:
        arguments.output.write_text(page, encoding="utf-8")


def say(line):
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
