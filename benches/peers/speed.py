"""Steps per second of every workload, all participants in alternation on one core."""

import statistics
import sys
from dataclasses import dataclass

from participants import JAX, OURS, TORCH, TORCH_UNLOCKED
from workloads import WORKLOADS

# Steps of a measurement, after as many to warm up; a few seconds each.
STEPS = {
    "ring": 3000,
    "ring-batch-g": 3000,
    "ring-layer-d": 3000,
    "unrolled-ring": 600,
    "dcgan": 40,
    "dcgan-batch": 40,
}
QUICK_STEPS = {name: max(3, steps // 10) for name, steps in STEPS.items()}

LOSS_STEPS = 2000
LOSS_SEEDS = range(3)
# Seeds differ by about a tenth of a loss; a loss without its second half, or a generator that
# does not learn, is further away.
LOSS_TOLERANCE = 0.25

# Padding is counted by some and not by others.
FLOPS_TOLERANCE = 0.2

# Below these shares of the GEMM rate a peer was crippled, and the ring's table is void.
LEAST_SHARE = {JAX: 0.58, TORCH: 0.27}


@dataclass(frozen=True)
class Target:
    """A ratio of medians that is promised, and what is hoped for."""

    workload: str
    over: str
    must: float
    reach: float | None


GEMM = "GEMM rate"
TARGETS = [
    Target("ring", JAX, 1.1, 1.25),
    Target("ring", TORCH, 2.2, None),
    Target("ring", GEMM, 0.70, 0.85),
    Target("ring-batch-g", JAX, 1.0, 1.15),
    Target("ring-layer-d", JAX, 1.0, 1.15),
    Target("unrolled-ring", JAX, 1.0, None),
    Target("dcgan", TORCH, 1.2, 1.5),
    Target("dcgan", GEMM, 0.60, 0.75),
    Target("dcgan-batch", TORCH, 1.2, 1.5),
    Target("dcgan-batch", GEMM, 0.60, 0.75),
]


def measure(participants, selected, core, rounds, quick, say):
    """Raw measurements: a list of what the processes printed, each with participant and round."""
    steps = QUICK_STEPS if quick else STEPS
    layouts = {}
    raw = []
    for round_ in range(rounds):
        for participant in participants:
            say(f"round {round_ + 1}: gemm, {participant.name}")
            raw.append(
                {"participant": participant.name, "round": round_}
                | participant.measure(core, "--gemm")
            )
        for name in selected:
            for participant in turned(participants, round_):
                say(f"round {round_ + 1}: {name}, {participant.name}")
                environment = layout(participant, name, steps[name], core, layouts)
                result = participant.measure(
                    core, "--workload", name, "--steps", str(steps[name]), **environment
                )
                if "skipped" in result:
                    say(f"  left out: {result['skipped'].splitlines()[0]}")
                raw.append({"participant": participant.name, "round": round_} | environment | result)
    return raw


def turned(participants, round_):
    """Another one begins every round, so that none always runs in the same one's wake."""
    at = round_ % len(participants)
    return participants[at:] + participants[:at]


def layout(participant, name, steps, core, known):
    """PyTorch's faster memory layout for convolutions, tried once."""
    if not name.startswith("dcgan") or participant.name not in (TORCH, TORCH_UNLOCKED):
        return {}
    key = (participant.name, name)
    if key not in known:

        def rate(choice):
            arguments = ("--workload", name, "--steps", str(steps))
            return participant.measure(core, *arguments, PEER_LAYOUT=choice)["steps_per_second"]

        known[key] = max(("contiguous", "channels_last"), key=rate)
    return {"PEER_LAYOUT": known[key]}


def compare_losses(participants, selected, core, quick, say):
    """Mean losses of all participants on every perceptron workload; exits if they differ in kind."""
    steps = LOSS_STEPS // 4 if quick else LOSS_STEPS
    found = {}
    for name in selected:
        if name.startswith("dcgan"):
            continue
        for participant in participants:
            if participant.name == TORCH_UNLOCKED:
                continue
            say(f"losses of {name}: {participant.name}")
            runs = [
                participant.measure(
                    core, "--workload", name, "--losses", "--steps", str(steps), "--seed", str(seed)
                )
                for seed in LOSS_SEEDS
            ]
            if any("skipped" in run for run in runs):
                say(f"  left out: {runs[0]['skipped'].splitlines()[0]}")
                continue
            found[name, participant.name] = {
                key: statistics.mean(run[key] for run in runs) for key in ("loss_d", "loss_g")
            }
        agree(name, found)
    return [
        {"workload": name, "participant": who, "steps": steps, "seeds": len(LOSS_SEEDS), **losses}
        for (name, who), losses in found.items()
    ]


def agree(name, found):
    """Exits unless the participants' losses lie in one band around their median."""
    for key in ("loss_d", "loss_g"):
        losses = {who: losses[key] for (workload, who), losses in found.items() if workload == name}
        middle = statistics.median(losses.values())
        if any(abs(loss - middle) > LOSS_TOLERANCE * abs(middle) for loss in losses.values()):
            sys.exit(f"the participants do not train the same {name}: {key} is {losses}")


def check_flops(raw):
    """Exits unless all count about the same operations in a step."""
    for name in WORKLOADS:
        counts = {
            entry["participant"]: entry["flops_per_step"]
            for entry in raw
            if entry["workload"] == name and "flops_per_step" in entry
        }
        if counts and max(counts.values()) > (1 + FLOPS_TOLERANCE) * min(counts.values()):
            sys.exit(f"the participants do not train the same {name}: operations a step {counts}")


class Speeds:
    """The raw measurements, summarised."""

    def __init__(self, raw):
        self.raw = raw

    def values(self, workload, participant, key="steps_per_second"):
        return [
            entry[key]
            for entry in self.raw
            if entry["workload"] == workload and entry["participant"] == participant and key in entry
        ]

    def median(self, workload, participant):
        values = self.values(workload, participant)
        return statistics.median(values) if values else None

    def gemm(self, participant=OURS):
        """GFLOP/s: the best of all rounds, because it is a ceiling."""
        return max(self.values("gemm", participant, "gflops"), default=None)

    def ceiling(self):
        """GFLOP/s: the best of all libraries and rounds, gan-sweep's own kernel included."""
        keys = ("gflops", "own_512x128x128", "own_1024")
        rates = [entry[key] for entry in self.raw if entry["workload"] == "gemm" for key in keys if key in entry]
        return max(rates, default=None)

    def share(self, workload, participant):
        """Of the GEMM rate, with gan-sweep's count of operations."""
        speed = self.median(workload, participant)
        flops = self.values(workload, OURS, "flops_per_step")
        flops = flops or self.values(workload, participant, "flops_per_step")
        return speed * flops[0] / 1e9 / self.gemm() if speed else None

    def ratio(self, target):
        """What a target is about; None where something was not measured."""
        if target.over == GEMM:
            return self.share(target.workload, OURS)
        ours, peer = self.median(target.workload, OURS), self.median(target.workload, self.peer(target.over))
        return ours / peer if ours and peer else None

    def peer(self, name):
        """Which PyTorch counts: the one that pip installs, unless MKL's choice of kernels leaves it
        below the least share; then the unlocked one."""
        unlocked = self.median("ring", TORCH_UNLOCKED)
        if name == TORCH and unlocked and self.share("ring", TORCH) < LEAST_SHARE[TORCH]:
            return TORCH_UNLOCKED
        return name

    def crippled(self):
        """Why the ring's table is void: sentences, none if it is not."""
        sentences = []
        for name, least in LEAST_SHARE.items():
            share = self.share("ring", self.peer(name))
            if share is not None and share < least:
                sentences.append(
                    f"{self.peer(name)} reached {share:.0%} of the GEMM rate on the ring, less than {least:.0%}"
                )
        return sentences
