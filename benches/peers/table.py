"""The measurements as Markdown."""

import jobs as jobs_module
import memory as memory_module
import overhead as overhead_module
from participants import JAX, OURS, TORCH, TORCH_UNLOCKED
from peer import SHAPES
from speed import GEMM, TARGETS, Speeds
from workloads import WORKLOADS

TARGET_HEAD = ["what", "measured", "must", "reach for", "verdict"]


def document(record):
    """The whole page."""
    parts = [head(record)]
    lines = []
    if record.get("speed"):
        speeds = Speeds(record["speed"])
        parts += [gemm(speeds), speed(speeds)]
        lines += speed_targets(speeds)
        parts += [f"**Void**: {sentence}." for sentence in speeds.crippled()]
    if record.get("losses"):
        parts.append(losses(record["losses"]))
    if record.get("jobs"):
        lines += jobs_targets(record["jobs"])
    if record.get("overhead"):
        lines += overhead_targets(record["overhead"])
        parts.append(overhead(record["overhead"]))
    if record.get("memory"):
        lines += memory_targets(record["memory"])
        parts.append(memory(record["memory"]))
    if lines:
        parts.insert(1, "## Targets\n\n" + grid(TARGET_HEAD, lines))
    return "\n\n".join(parts) + "\n"


def head(record):
    machine, versions = record["machine"], record["versions"]
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"""# How fast gan-sweep trains

```sh
{record["command"]}
```

{record["date"]}; {machine["cpu"]} (family {machine["family"]}), {machine["cores"]} cores, {", ".join(machine["instruction_sets"])}; {machine["system"]}, load {machine["load"]} at the start. gan-sweep {record["revision"]}; {listed}.

Every process is pinned to one core and has one thread; all take turns, in {record["rounds"]} rounds. A cell is the median over the rounds, with the least and the most. Raw measurements: [training.json](training.json)."""


def gemm(speeds):
    rows = []
    for name in (OURS, TORCH, TORCH_UNLOCKED, JAX):
        if speeds.gemm(name) is not None:
            best = [max(speeds.values("gemm", name, shape)) for shape in SHAPES]
            rows.append([label(name), *(f"{rate:.0f}" for rate in best)])
    own = [max(speeds.values("gemm", OURS, key.replace("gflops", "own"))) for key in SHAPES]
    rows.insert(1, ["gan-sweep's kernel", *(f"{rate:.0f}" for rate in own)])
    shapes = [f"{m}×{k} · {k}×{n}" for m, k, n in SHAPES.values()]
    return f"""## The ceiling

The GEMM rate is {speeds.gemm():.0f} GFLOP/s: the best that candle's matrix product reached on this core, in f32. Beside it the other libraries' and gan-sweep's own, best of all rounds: {speeds.ceiling():.0f} GFLOP/s at most.

{grid(["GFLOP/s", *shapes], rows)}"""


def label(name):
    return "candle" if name == OURS else name


def speed(speeds):
    names = [n for n in (OURS, TORCH, TORCH_UNLOCKED, JAX) if speeds.gemm(n) is not None]
    rows = []
    for workload in WORKLOADS:
        if any(speeds.median(workload, name) for name in names):
            rows.append([workload, *(cell(speeds, workload, name) for name in names)])
    text = f"## Steps a second, and the share of the GEMM rate\n\n{grid(['workload', *names], rows)}"
    if TORCH_UNLOCKED in names:
        text += f"""

MKL, which PyTorch's wheels contain, gives processors of other vendors its AVX2 kernels where they have AVX-512 too. "{TORCH_UNLOCKED}" answers its vendor check with yes. The targets compare with PyTorch as pip installs it, unless that reaches less than 27 % of the GEMM rate; here they compare with {speeds.peer(TORCH)}."""
    return text


def cell(speeds, workload, name):
    values = speeds.values(workload, name)
    if not values:
        return "–"
    median = number(speeds.median(workload, name))
    spread = f"{number(min(values))}–{number(max(values))}"
    return f"{median} ({spread}), {speeds.share(workload, name):.0%}"


def speed_targets(speeds):
    lines = []
    for target in TARGETS:
        ratio = speeds.ratio(target)
        if target.over == GEMM:
            shown = "–" if ratio is None else f"{ratio:.0%}"
            bounds = [f"≥ {target.must:.0%}", f"{target.reach:.0%}"]
            what = f"{target.workload}: share of the GEMM rate"
        else:
            shown = "–" if ratio is None else f"{ratio:.2f} ×"
            bounds = [f"≥ {target.must:.1f} ×", f"{target.reach:.2f} ×" if target.reach else ""]
            what = f"{target.workload}: over {speeds.peer(target.over)}"
        if ratio is None and not any(speeds.values(target.workload, OURS)):
            continue
        lines.append([what, shown, *bounds, verdict(ratio, target.must, target.reach)])
    return lines + beside(speeds)


def beside(speeds):
    """Harder comparisons, which no target asks for."""
    lines = []
    for workload in ("ring", "dcgan"):
        ours, ceiling = speeds.share(workload, OURS), speeds.gemm() / speeds.ceiling()
        if ours:
            what = f"{workload}: share of the best product of any library"
            lines.append([what, f"{ours * ceiling:.0%}", "", "", "for information"])
        unlocked, our_speed = speeds.median(workload, TORCH_UNLOCKED), speeds.median(workload, OURS)
        if unlocked and our_speed:
            what = f"{workload}: over {TORCH_UNLOCKED}"
            lines.append([what, f"{our_speed / unlocked:.2f} ×", "", "", "for information"])
    return lines


def verdict(value, must, reach=None, *, least=True):
    """How a value stands to what is promised and what is hoped for."""
    if value is None:
        return "not measured"
    sign = 1 if least else -1
    if sign * value < sign * must:
        return "**missed**"
    return "met, reached" if reach is not None and sign * value >= sign * reach else "met"


def jobs_targets(raw):
    ratio = jobs_module.ratio(raw)
    must, reach = jobs_module.MUST, jobs_module.REACH
    what = "`--jobs 2`: over two independent pinned processes"
    return [[what, f"{ratio:.2f} ×", f"≥ {must:.2f} ×", f"{reach:.2f} ×", verdict(ratio, must, reach)]]


def overhead_targets(raw):
    must, reach = overhead_module.MUST, overhead_module.REACH
    value, flat = raw["overhead_ms"], raw["last_tenth_ms"] / raw["first_tenth_ms"]
    runs = f"{raw['runs']:,} runs of {overhead_module.STEPS} steps"
    return [
        [
            f"overhead of a run, {runs}",
            f"{value:.2f} ms",
            f"≤ {must} ms",
            f"{reach} ms",
            verdict(value, must, reach, least=False),
        ],
        [
            "the last tenth of those runs over the first",
            f"{flat:.2f} ×",
            f"≤ {overhead_module.FLAT} ×",
            "",
            verdict(flat, overhead_module.FLAT, least=False),
        ],
    ]


def overhead(raw):
    rows = [
        ["the whole command: wall clock · workers ÷ runs", raw["whole_ms"]],
        ["of which ten training steps", raw["steps_ms"]],
        ["of which the final evaluation", raw["evaluation_ms"]],
        ["overhead: plan, start, store, finish", raw["overhead_ms"]],
        ["between a run's start and its end, evaluation included", raw["inside_ms"]],
        ["the first tenth of the runs", raw["first_tenth_ms"]],
        ["the last tenth", raw["last_tenth_ms"]],
    ]
    rows = [[what, f"{value:.2f}"] for what, value in rows]
    title = f"## A run's overhead\n\n{raw['runs']:,} runs on {raw['workers']} workers, core time:"
    return f"{title}\n\n{grid(['', 'ms a run'], rows)}"


def memory_targets(raw):
    most, once = memory_module.MOST_PER_WORKER, memory_module.MNIST_MEGABYTES
    worst = max(memory_module.per_worker(raw, "ring", jobs) for jobs in memory_module.JOBS)
    # What a worker needs on any data is no copy of MNIST.
    each = memory_module.growth(raw, "mnist", "training") - memory_module.growth(raw, "ring", "peak")
    return [
        [
            "memory: a worker on the ring above the idle process",
            f"{worst:.1f} MB",
            f"≤ {most:.0f} MB",
            "",
            verdict(worst, most, least=False),
        ],
        [
            "memory: a further worker on MNIST above a further one on the ring is less than a second MNIST",
            f"{each:.1f} MB",
            f"≤ {once} MB",
            "",
            verdict(each, once, least=False),
        ],
    ]


def memory(raw):
    rows = [
        memory_row(raw, "ring, at the peak", "ring", "peak"),
        memory_row(raw, "mnist, at the peak", "mnist", "peak"),
        memory_row(raw, "mnist, while training", "mnist", "training"),
    ]
    head_ = ["MB", "idle", *(f"--jobs {n}" for n in memory_module.JOBS), "each further worker"]
    return f"""## Memory

Idle is the same command when every run is done. The peak on MNIST is at the evaluations, where each worker has 5,000 images of its own (16 MB) with their features.

{grid(head_, rows)}"""


def memory_row(raw, label_, name, when):
    most = (max(memory_module.found(raw, name, when, jobs)) for jobs in memory_module.JOBS)
    idle, growth = memory_module.idle(raw, name), memory_module.growth(raw, name, when)
    return [label_, f"{idle:.0f}", *(f"{mb:.0f}" for mb in most), f"{growth:.1f}"]


def losses(raw):
    rows = [
        [e["workload"], e["participant"], f"{e['loss_d']:.3f}", f"{e['loss_g']:.3f}"] for e in raw
    ]
    steps, seeds = raw[0]["steps"], raw[0]["seeds"]
    return f"""## The same game

Mean losses over the second half of {steps:,} steps and {seeds} seeds:

{grid(["workload", "", "D", "G"], rows)}"""


def number(x):
    return f"{x:.0f}" if x >= 100 else f"{x:.2f}"


def grid(head_, rows):
    lines = [head_, ["---"] * len(head_), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
