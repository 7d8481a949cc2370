"""TensorBoard: does its server show the runs, their scalars, their pictures and their settings?

    gan-sweep export quickstart --format tensorboard --pictures --output events
    gan-sweep export quickstart --table runs --output runs.csv
    python3 tests/examples/with_tensorboard.py events runs.csv

Needs TensorBoard, of which it starts a server and asks it what a browser asks. Whoever wants to look runs
`tensorboard --logdir events`. Reads the sweep that `run experiments/quickstart.yaml --profile quick` makes.
"""

import csv
import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections import defaultdict

events, runs = sys.argv[1:3]


def ask(url, question=None):
    data = None if question is None else json.dumps(question).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def wait(what, seconds=120):
    """The first answer that is not empty."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = what()
        if answer:
            return answer
        time.sleep(0.5)
    sys.exit("TensorBoard does not answer")


def shown(server, at):
    """What the server at this address shows."""
    names = wait(lambda: len(found := ask(f"{at}/data/runs")) == 33 and found)
    ring = "dataset=ring8,loss=minimax,k=1,noise=normal,norm.g=none,seed=0"
    assert ring in names, names

    tags = ask(f"{at}/data/plugin/scalars/tags")
    assert tags[ring]["loss/d"]["description"], tags[ring]["loss/d"]
    query = urllib.parse.urlencode({"run": ring, "tag": "covered"})
    covered = ask(f"{at}/data/plugin/scalars/scalars?{query}")
    pictures = ask(f"{at}/data/plugin/images/tags")
    assert len(pictures) == 33 and "pictures" in pictures[ring], pictures
    query = urllib.parse.urlencode({"run": ring, "tag": "pictures", "sample": 0})
    last = ask(f"{at}/data/plugin/images/images?{query}")[-1]
    assert last["step"] == 500, last
    with urllib.request.urlopen(f"{at}/data/plugin/images/individualImage?{last['query']}") as png:
        assert png.read(4) == b"\x89PNG"

    everything = {
        "experimentName": "",
        "allowedStatuses": ["STATUS_SUCCESS", "STATUS_FAILURE"],
        "colParams": [{"metric": {"group": "", "tag": "covered"}}],
        "startIndex": 0,
        "sliceSize": 100,
    }
    experiment = ask(f"{at}/data/plugin/hparams/experiment", {"experimentName": ""})
    settings = {info["name"] for info in experiment["hparamInfos"]}
    assert settings == {"dataset", "loss", "k", "noise", "norm.g"}, settings
    groups = ask(f"{at}/data/plugin/hparams/session_groups", everything)["sessionGroups"]
    # Sixteen cells of the ring, two seeds each, and one of MNIST.
    assert sorted(len(group["sessions"]) for group in groups) == [1] + 16 * [2]
    means = {
        tuple(group["hparams"][key] for key in ("loss", "k", "noise", "norm.g")): value["value"]
        for group in groups
        if group["hparams"]["dataset"] == "ring8"
        for value in group["metricValues"]
        if value["name"]["tag"] == "covered"
    }
    print(f"{server}: {len(names)} runs, {len(groups)} cells, covered of the first run: {covered}")
    return means


cells = defaultdict(list)
with open(runs, newline="", encoding="utf-8") as file:
    for row in csv.DictReader(file):
        if row["dataset"] == "ring8":
            cell = (row["loss"], float(row["k"]), row["noise"], row["norm.g"])
            cells[cell].append(float(row["covered"]))
expected = {cell: sum(values) / len(values) for cell, values in cells.items()}

# Its two readers of event files, in Python and in Rust.
for server, fast in [("in Python", "false"), ("in Rust", "true")]:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        command = [sys.executable, "-m", "tensorboard.main", "--logdir", events]
        options = ["--port", "0", "--load_fast", fast]
        running = subprocess.Popen(command + options, stderr=log, stdout=log)
        try:

            def address():
                log.seek(0)
                return re.search(r"http://\S+?:\d+", log.read())

            at = wait(address).group()
            found = shown(server, at)
        finally:
            running.terminate()
            running.wait()
    assert found == expected, (found, expected)
print("the means of the HParams tab are those of the table")
