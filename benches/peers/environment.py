"""The virtual environment of the peers, and the builds of gan-sweep."""

import json
import subprocess
import sys
from pathlib import Path

from workloads import REPOSITORY

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"


def python(folder):
    """The interpreter of a virtual environment that holds the requirements; makes it if needed."""
    interpreter = folder / "bin/python"
    if not interpreter.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [interpreter, "-m", "pip", "install", "--requirement", REQUIREMENTS]
        subprocess.run(pip, check=True, stdout=sys.stderr)
    return interpreter


def versions(interpreter):
    """Installed versions of what the requirements name; exits if one is another than pinned."""
    pinned = dict(
        line.split("==")
        for line in REQUIREMENTS.read_text(encoding="utf-8").split()
        if "==" in line
    )
    program = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
    output = subprocess.run(
        [interpreter, "-c", program, *pinned], check=True, capture_output=True, text=True
    ).stdout
    installed = json.loads(output)
    for name, version in installed.items():
        if version.split("+")[0] != pinned[name]:
            sys.exit(f"{name} {version} is installed, {REQUIREMENTS.name} pins {pinned[name]}")
    return installed


def bench():
    """Builds the benchmark; its executable."""
    return built(["bench", "--no-run", "--bench", "training"], "training")


def command():
    """Builds the command; its executable."""
    return built(["build", "--release", "--bin", "gan-sweep"], "gan-sweep")


def built(arguments, target):
    process = subprocess.run(
        ["cargo", *arguments, "--message-format=json-render-diagnostics"],
        cwd=REPOSITORY,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout.splitlines():
        message = json.loads(line)
        if message.get("target", {}).get("name") == target and message.get("executable"):
            return message["executable"]
    sys.exit(f"cargo built no '{target}'")


def revision():
    """The commit, with a mark where the work tree differs from it."""
    git = ["git", "-C", REPOSITORY, "describe", "--always", "--dirty", "--abbrev=12"]
    return subprocess.run(git, check=True, capture_output=True, text=True).stdout.strip()


def rustc():
    """The compiler's version."""
    output = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True)
    return output.stdout.strip()


def locked(name):
    """The version of a crate in Cargo.lock."""
    lines = (REPOSITORY / "Cargo.lock").read_text(encoding="utf-8").splitlines()
    at = lines.index(f'name = "{name}"')
    return lines[at + 1].split('"')[1]
