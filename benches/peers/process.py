"""Running gan-sweep itself."""

import os
import re
import subprocess
import time
from pathlib import Path

from machine import pinned


def environment():
    """As a user's, with colours and progress off."""
    return {**os.environ, "NO_COLOR": "1"}


def peak_megabytes(command):
    """Runs a command to its end; the most memory it had, in MB (10⁶ bytes)."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, "gan-sweep failed"
    # Linux counts in KiB.
    return usage.ru_maxrss * 1024 / 1e6


def megabytes_while_running(command, seconds):
    """Starts a command, waits, and ends it; the memory that it had then, in MB (10⁶ bytes)."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment())
    try:
        time.sleep(seconds)
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmRSS:\s*(\d+) kB", status)[1]) * 1024 / 1e6
    finally:
        process.kill()
        process.wait()


def sweep(command, cores, results, grid, *options):
    """A sweep without report or progress, on these cores."""
    allowed = ",".join(map(str, cores))
    words = [command, "--results", results, "run", grid, "--no-report", "--quiet", *options]
    return pinned(allowed, words)
