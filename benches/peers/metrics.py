"""Our metrics beside those of the programs that define them, on the same arrays.

    python3 benches/peers/metrics.py --gan-sweep target/release/gan-sweep --output results/benchmarks/metrics.md

Needs numpy, scipy, pytorch-fid, torch-fidelity and prdc (requirements-metrics.txt). `--speed` also times
the Frechet distance of 2048 dimensions and the neighbours of 10,000 by 10,000 (`cargo bench --bench
metrics` must be built); minutes on one core.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import redirect_stdout
from importlib.metadata import version

import numpy as np


def lcg(seed, rows, width):
    x, out = seed, np.empty(rows * width)
    for i in range(out.size):
        x = (1664525 * x + 1013904223) % 2**32
        out[i] = (x + 0.5) / 2**32
    return out.reshape(rows, width)


def normal(seed, rows, width):
    """Correlated, skewed features, as those after a ReLU are."""
    rng = np.random.default_rng(seed)
    mix = np.random.default_rng(7).normal(size=(width, width)) / width**0.5
    return np.maximum(rng.normal(size=(rows, width)) @ mix + 0.3, 0.0) + 0.01 * seed


def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def fid(x, y):
    from pytorch_fid.fid_score import calculate_frechet_distance

    statistics = [s for a in (x, y) for s in (a.mean(0), np.cov(a, rowvar=False))]
    with redirect_stdout(io.StringIO()):
        return float(calculate_frechet_distance(*statistics))


def kid(x, y):
    from torch_fidelity.metric_kid import kernel_mmd

    return float(kernel_mmd(x, y))


def inception_score(logits, splits):
    import torch
    from torch_fidelity.metric_isc import isc_features_to_metric

    found = isc_features_to_metric(torch.from_numpy(logits), splits=splits, shuffle=False)
    return [found["inception_score_mean"], found["inception_score_std"]]


def prdc(x, y, k):
    from prdc import compute_prdc

    with redirect_stdout(io.StringIO()):
        return compute_prdc(x, y, nearest_k=k)


def ours(command, folder, metrics, real, fake, *more):
    for name, array in (("real", real), ("fake", fake)):
        np.save(os.path.join(folder, name + ".npy"), array)
    line = [os.path.abspath(command), "eval", *metrics, "--real", "real.npy", "--fake", "fake.npy", "--json", *more]
    report = json.loads(subprocess.run(line, cwd=folder, check=True, capture_output=True).stdout)
    return {row["metric"]: row for row in report["metrics"]}


def compare(command, folder):
    from scipy.stats import wasserstein_distance

    rows = []
    fixture = (lcg(1, 200, 8), 0.8 * lcg(2, 200, 8) + 0.15)
    sets = [
        ("200 x 8", *fixture),
        ("6 x 8, without rank", fixture[0][:6], fixture[1][:6]),
        ("3000 and 2500 x 64", normal(1, 3000, 64), normal(2, 2500, 64)),
        ("600 x 1024", normal(3, 600, 1024), normal(4, 600, 1024)),
    ]
    for name, x, y in sets:
        found = ours(command, folder, ["fid", "kid"], x, y)
        rows.append(("FID", name, "pytorch-fid", fid(x, y), found["fid"]["value"]))
        if len(x) != len(y):
            continue
        rows.append(("KID, one subset", name, "torch-fidelity", kid(x, y), found["kid"]["value"]))
    for name, x, y in [sets[0], sets[2]]:
        for k in (3, 5):
            theirs = prdc(x, y, k)
            found = ours(command, folder, ["prdc"], x, y, "--k", str(k))
            for figure in ("precision", "recall", "density", "coverage"):
                rows.append((f"{figure}, k = {k}", name, "prdc", float(theirs[figure]), found[figure]["value"]))
    logits = 4 * fixture[1]
    for splits in (1, 10):
        mean, std = inception_score(logits, splits)
        row = ours(command, folder, ["is"], fixture[0], softmax(logits), "--in-order", "--splits", str(splits))
        row = row["inception score"]
        rows.append((f"Inception Score, {splits} splits", "200 x 8", "torch-fidelity", mean, row["value"]))
        if splits > 1:
            beside = row["beside"]["standard deviation"]
            rows.append(("its standard deviation", "200 x 8", "torch-fidelity", std, beside))
    line = [np.ascontiguousarray(a[:, :1]) for a in fixture]
    line[1] = line[1][:150]
    found = ours(command, folder, ["w1"], *line)["w1"]["value"]
    rows.append(("Wasserstein-1", "200 and 150 x 1", "scipy", wasserstein_distance(line[0][:, 0], line[1][:, 0]), found))
    return rows


def divergences(command, folder):
    """Densities on the line, by adaptive quadrature of scipy's."""
    from scipy.integrate import quad
    from scipy.special import rel_entr
    from scipy.stats import norm, uniform

    named = {
        "normal(0, 1)": (norm(0, 1), (-12, 12)),
        "normal(1, 1)": (norm(1, 1), (-12, 12)),
        "normal(-1, 0.25)": (norm(-1, 0.25), (-4, 2)),
        "uniform(0, 1)": (uniform(0, 1), (0, 1)),
        "uniform(0.5, 1.5)": (uniform(0.5, 1), (0.5, 1.5)),
    }
    pairs = [
        ("normal(0, 1)", "normal(1, 1)"),
        ("normal(-1, 0.25)", "normal(0, 1)"),
        ("uniform(0, 1)", "normal(1, 1)"),
        ("uniform(0, 1)", "uniform(0.5, 1.5)"),
    ]
    rows = []
    for pair in pairs:
        (p, of_p), (q, of_q) = (named[name] for name in pair)
        cuts = sorted({*of_p, *of_q, *(of_p[0] + i * (of_p[1] - of_p[0]) / 8 for i in range(8))})

        def over(f):
            parts = (quad(f, a, b, epsabs=1e-13, epsrel=1e-12, limit=200)[0] for a, b in zip(cuts, cuts[1:]))
            return sum(parts)

        def js(x):
            m = (p.pdf(x) + q.pdf(x)) / 2
            return (rel_entr(p.pdf(x), m) + rel_entr(q.pdf(x), m)) / 2

        line = [os.path.abspath(command), "eval", "divergence", "--real", pair[0], "--fake", pair[1], "--json"]
        report = json.loads(subprocess.run(line, cwd=folder, check=True, capture_output=True).stdout)
        found = {row["metric"]: row["value"] for row in report["metrics"]}
        name = " and ".join(pair)
        if pair[1].startswith("normal"):
            def kl(x):
                # Not of densities, which underflow.
                return p.pdf(x) * (p.logpdf(x) - q.logpdf(x)) if p.pdf(x) else 0.0

            rows.append(("KL(p, q), nats", name, "scipy", over(kl), found["kl"]))
        rows.append(("JS(p, q), nats", name, "scipy", over(js), found["js of densities"]))
        rows.append(("Wasserstein-1", name, "scipy", over(lambda x: abs(p.cdf(x) - q.cdf(x))), found["w1 of densities"]))
    return rows


def bench(folder, *words):
    line = ["cargo", "bench", "-q", "--bench", "metrics", "--", *words]
    out = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    return json.loads(out)


def median(work, times=3):
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        value = work()
        seconds.append(time.perf_counter() - start)
    return value, sorted(seconds)[times // 2]


def speed(folder):
    from pytorch_fid.fid_score import calculate_frechet_distance

    rows = []
    files = [os.path.join(folder, f"{n}.npy") for n in ("a", "b")]
    x, y = normal(1, 4096, 2048), normal(2, 4096, 2048)
    for file, array in zip(files, (x, y)):
        np.save(file, array)
    statistics = [s for a in (x, y) for s in (a.mean(0), np.cov(a, rowvar=False))]
    value, theirs = median(lambda: float(calculate_frechet_distance(*statistics)))
    found = bench(folder, "frechet", *files)
    rows.append(("FID from moments of 2048 dimensions", "pytorch-fid", theirs, found["seconds"], abs(found["value"] / value - 1)))
    x, y = normal(1, 10000, 64), normal(2, 10000, 64)
    for file, array in zip(files, (x, y)):
        np.save(file, array)
    theirs_value, theirs = median(lambda: prdc(x, y, 5)["coverage"], 1)
    found = bench(folder, "prdc", *files)
    rows.append(("PRDC of 10,000 by 10,000, 64 wide", "prdc", theirs, found["seconds"], abs(found["value"] / theirs_value - 1)))
    return rows, bench(folder, "digits")["seconds"]


def page(rows, timed, arguments):
    programs = ["numpy", "scipy", "pytorch-fid", "torch-fidelity", "prdc"]
    out = ["# Metrics beside the programs that define them", ""]
    out += ["```sh", "python3 benches/peers/metrics.py " + " ".join(arguments), "```", ""]
    out += ["Same arrays for both. " + ", ".join(f"{p} {version(p)}" for p in programs) + ".", ""]
    out += ["| metric | arrays | program | its value | gan-sweep | relative difference |", "|---|---|---|---|---|---|"]
    for metric, arrays, program, theirs, mine in rows:
        difference = abs(mine - theirs) / abs(theirs) if theirs else abs(mine)
        out.append(f"| {metric} | {arrays} | {program} | {theirs:.13g} | {mine:.13g} | {difference:.1e} |")
    if timed:
        out += ["", "| time on one core, medians | program | its seconds | gan-sweep | share | values differ by |", "|---|---|---|---|---|---|"]
        for what, program, theirs, mine, difference in timed[0]:
            out.append(f"| {what} | {program} | {theirs:.2f} | {mine:.2f} | {mine / theirs:.3f} | {difference:.1e} |")
        out += ["", f"Features of 10,000 images of MNIST: {timed[1]:.2f} s."]
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gan-sweep", default="target/release/gan-sweep")
    parser.add_argument("--output")
    parser.add_argument("--speed", action="store_true")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as folder:
        rows = compare(args.gan_sweep, folder) + divergences(args.gan_sweep, folder)
        timed = speed(folder) if args.speed else None
    text = page(rows, timed, sys.argv[1:])
    if args.output:
        with open(args.output, "w") as file:
            file.write(text)
    print(text, end="")
    worst = max(abs(m - t) / abs(t) if t else abs(m) for *_, t, m in rows)
    if worst > 1e-6:
        sys.exit(f"a value differs by {worst:.1e}, relative")


if __name__ == "__main__":
    main()
