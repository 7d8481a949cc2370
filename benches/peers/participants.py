"""Who is measured: gan-sweep, PyTorch, JAX, each one process a measurement."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from environment import HERE
from machine import ONE_THREAD, pinned

# MKL, which PyTorch's wheels contain, gives other vendors' processors its AVX2 kernels even where
# they have AVX-512. This answers its question.
VENDOR_CHECK = "int mkl_serv_intel_cpu_true(void) { return 1; }\n"

OURS, TORCH, TORCH_UNLOCKED, JAX = "gan-sweep", "PyTorch", "PyTorch, MKL unlocked", "JAX"


@dataclass(frozen=True)
class Participant:
    """A command that measures one thing and prints one line of JSON."""

    name: str
    command: tuple
    environment: dict = field(default_factory=dict)

    def measure(self, core, *arguments, **environment):
        """One measurement on one core."""
        process = subprocess.run(
            pinned(core, [*self.command, *arguments]),
            env={**os.environ, **ONE_THREAD, **self.environment, **environment},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if process.returncode != 0:
            sys.exit(f"{self.name} failed at {' '.join(map(str, arguments))}")
        return json.loads(process.stdout.splitlines()[-1])


def participants(bench, python, machine, keep):
    """All of them; `keep` is a folder that outlives them."""
    torch = (python, HERE / "peer_torch.py")
    found = [
        Participant(OURS, (bench,)),
        Participant(TORCH, torch),
        Participant(JAX, (python, HERE / "peer_jax.py")),
    ]
    library = vendor_check(machine, Path(keep))
    if library:
        found.append(Participant(TORCH_UNLOCKED, torch, {"LD_PRELOAD": str(library)}))
    return found


def vendor_check(machine, keep):
    """The library that lifts MKL's check; None where it changes nothing or nobody compiles it."""
    if machine["vendor"] == "GenuineIntel" or "avx512f" not in machine["instruction_sets"]:
        return None
    library = keep / "libvendor.so"
    with tempfile.NamedTemporaryFile("w", suffix=".c", dir=keep) as source:
        source.write(VENDOR_CHECK)
        source.flush()
        try:
            compiled = subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source.name], check=False)
        except FileNotFoundError:
            return None
    return library if compiled.returncode == 0 else None
