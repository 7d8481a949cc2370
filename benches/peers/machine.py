"""What the measurements were made on, and how processes are pinned."""

import os
import platform
import re
from pathlib import Path

# The flags that decide which kernels a library chooses.
INSTRUCTION_SETS = ("sse4_2", "avx", "fma", "avx2", "avx512f", "avx512bw", "avx512vl", "neon", "asimd", "sve")

# One thread each: every library is asked in its own way.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
}


def pinned(core, command):
    """A command that stays on these cores: one number, or a list such as `0,1`."""
    return ["taskset", "-c", str(core), *map(str, command)]


def cores():
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0))


def describe():
    """Model, instruction sets, cores, kernel, load."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")

    def field(*names):
        for name in names:
            found = re.search(rf"^{name}\s*: (.*)$", text, re.MULTILINE)
            if found:
                return found[1]
        return "unknown"

    flags = field("flags", "Features").split()
    return {
        "cpu": field("model name"),
        "vendor": field("vendor_id"),
        "family": field("cpu family"),
        "cache": field("cache size"),
        "instruction_sets": [name for name in INSTRUCTION_SETS if name in flags],
        "cores": len(cores()),
        "system": f"{platform.system()} {platform.release()}",
        "load": round(os.getloadavg()[0], 2),
    }
