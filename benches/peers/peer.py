"""The command line that both peers share: one measurement a process, one line of JSON.

A peer gives `start(workload, seed)`, which returns None where it has no such workload, or `run(steps)`: it trains so many steps more and
returns the losses of D and G, one a step (`run.samples(count)`, where a workload has modes to be
counted, gives generated points); and `multiply(m, k, n)`, which returns `run(products)`.
Both block until the work is done.
"""

import argparse
import json
import time

import coverage
from workloads import WORKLOADS

SHAPES = {"gflops_512x128x128": (512, 128, 128), "gflops_1024": (1024, 1024, 1024)}
LONG_ENOUGH = 1.0
BATCH = 0.05


def main(framework, version, start, multiply):
    """Measures what the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workload", choices=WORKLOADS)
    parser.add_argument("--steps", type=int, default=1000, help="to time, after as many to warm up")
    parser.add_argument("--losses", action="store_true", help="mean losses instead of the time")
    parser.add_argument("--coverage", action="store_true", help="modes found instead of the time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--gemm", action="store_true", help="the rate of matrix products")
    arguments = parser.parse_args()
    if arguments.gemm:
        result = {"workload": "gemm", **rates(multiply)}
    elif arguments.workload is None:
        parser.error("--workload or --gemm")
    elif arguments.losses:
        result = losses(start, arguments)
    elif arguments.coverage:
        result = modes(start, arguments)
    else:
        result = speed(start, arguments)
    print(json.dumps({**result, "framework": framework, "version": version}))


def speed(start, arguments):
    """Times steps after as many to warm up."""
    run = start(arguments.workload, arguments.seed)
    if run is None:
        return skipped(arguments)
    run(arguments.steps)
    begin = time.perf_counter()
    loss_d, loss_g = run(arguments.steps)
    seconds = time.perf_counter() - begin
    return {
        "workload": arguments.workload,
        "steps": arguments.steps,
        "seconds": seconds,
        "steps_per_second": arguments.steps / seconds,
        "flops_per_step": WORKLOADS[arguments.workload].flops(),
        "loss_d": float(loss_d[-1]),
        "loss_g": float(loss_g[-1]),
    }


def skipped(arguments):
    """What is printed instead of a measurement that this peer does not make."""
    return {"workload": arguments.workload, "skipped": "this peer does not have it"}


def losses(start, arguments):
    """Mean losses over the second half of the steps."""
    run = start(arguments.workload, arguments.seed)
    if run is None:
        return skipped(arguments)
    loss_d, loss_g = run(arguments.steps)
    half = arguments.steps // 2
    return {
        "workload": arguments.workload,
        "steps": arguments.steps,
        "seed": arguments.seed,
        "loss_d": sum(map(float, loss_d[half:])) / (arguments.steps - half),
        "loss_g": sum(map(float, loss_g[half:])) / (arguments.steps - half),
    }


def modes(start, arguments):
    """What the generator covers after the steps."""
    run = start(arguments.workload, arguments.seed)
    if not hasattr(run, "samples"):
        return skipped(arguments)
    run(arguments.steps)
    points = run.samples(coverage.SAMPLES).tolist()
    return {
        "workload": arguments.workload,
        "steps": arguments.steps,
        "seed": arguments.seed,
        **coverage.of(points, WORKLOADS[arguments.workload]),
    }


def rates(multiply):
    """GFLOP/s of each shape, the best of several batches of products."""
    found = {name: rate(multiply(*shape), shape) for name, shape in SHAPES.items()}
    return {"gflops": max(found.values()), **found}


def rate(run, shape):
    """GFLOP/s of one shape."""
    m, k, n = shape
    products, best, begin = 1, 0.0, time.perf_counter()
    run(products)
    while time.perf_counter() - begin < LONG_ENOUGH:
        start = time.perf_counter()
        run(products)
        elapsed = time.perf_counter() - start
        best = max(best, 2 * m * k * n * products / elapsed / 1e9)
        if elapsed < BATCH:
            products *= 2
    return best
