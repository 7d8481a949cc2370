"""What the peers train: the numbers of `benches/workloads/*.yaml`, once more for Python.

The table's script compares the operations of a step with those that gan-sweep counts, and the
losses, so that the two descriptions cannot part unnoticed.
"""

import gzip
import math
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

LEARNING_RATE = 2e-4
BETAS = (0.5, 0.999)
ADAM_EPSILON = 1e-8
NORM_EPSILON = 1e-5
LEAKY_SLOPE = 0.2


@dataclass(frozen=True)
class Ring:
    """Eight Gaussians on a circle; G z → h → h → 2, D 2 → h → h → 1, ReLU."""

    norm_g: str = "none"
    norm_d: str = "none"
    batch: int = 256
    latent: int = 16
    hidden: int = 128
    modes: int = 8
    radius: float = 2.0
    sigma: float = 0.02

    def centres(self):
        """The modes, [[x, y], …]."""
        angles = [math.tau * i / self.modes for i in range(self.modes)]
        return [[self.radius * math.cos(a), self.radius * math.sin(a)] for a in angles]

    def flops(self):
        """Operations of the matrix products of a step; a multiply-add counts as two."""
        h = self.hidden
        g = [2 * self.latent * h, 2 * h * h, 2 * h * 2]
        d = [2 * 2 * h, 2 * h * h, 2 * h]
        return step_flops(g, d, self.batch)


@dataclass(frozen=True)
class Dcgan:
    """G: linear → width·2 channels of 7×7, two 4×4 stride-2 transposed convolutions, tanh; D: two
    4×4 stride-2 convolutions, linear. ReLU in G, leaky ReLU in D."""

    norm: str = "none"
    batch: int = 64
    latent: int = 64
    width: int = 64
    side: int = 7

    def flops(self):
        """Operations of the matrix products of a step; a multiply-add counts as two."""
        wide, taps, small = 2 * self.width, 16, self.side**2
        inner = 2 * wide * self.width * taps * small
        outer = 2 * self.width * taps * 4 * small
        g = [2 * self.latent * wide * small, inner, outer]
        d = [outer, inner, 2 * wide * small]
        return step_flops(g, d, self.batch)


@dataclass(frozen=True)
class UnrolledRing:
    """Eight Gaussians on a circle; G z → h → h → 2, D x·d_input_scale → h → 1, ReLU; G learns through
    `unroll` steps of D. Orthogonal weights of that gain; both learn from the same batch."""

    unroll: int = 10
    batch: int = 512
    latent: int = 256
    hidden: int = 128
    d_input_scale: float = 0.25
    gain: float = 0.8
    learning_rate: float = 1e-4
    betas: tuple = (0.5, 0.999)
    modes: int = 8
    radius: float = 2.0
    sigma: float = 0.02

    centres = Ring.centres

    def flops(self):
        """Operations of the matrix products of a step; a multiply-add counts as two. An unrolled
        step is forward, gradient of the weights and of the hidden layer, and back through each of
        these products to both its factors; real samples are no function of anything."""
        h, n = self.hidden, self.unroll
        g = [2 * self.latent * h, 2 * h * h, 2 * h * 2]
        d = [2 * 2 * h, 2 * h]
        generator = 2 * sum(g) + sum(g[1:])
        forward = 2 * sum(d)
        steps = 2 * (2 * d[0] + 3 * d[1])
        through = 2 * steps - 2 * d[0]
        last = forward + 2 * sum(d) + d[0] + 2 * d[1]
        return self.batch * (generator + n * (steps + through) + last)


def step_flops(g, d, batch):
    """k = 1: D learns from two batches, then G through D; `g` and `d` are the forward costs of
    layers, each equal to the cost of its weights' gradient and of its inputs'."""
    discriminator = sum(g) + 2 * (2 * sum(d) + sum(d[1:]))
    generator = 2 * sum(g) + sum(g[1:]) + 2 * sum(d)
    return batch * (discriminator + generator)


WORKLOADS = {
    "ring": Ring(),
    "ring-batch-g": Ring(norm_g="batch"),
    "ring-layer-d": Ring(norm_d="layer"),
    "dcgan": Dcgan(),
    "dcgan-batch": Dcgan(norm="batch"),
    "unrolled-ring": UnrolledRing(),
}


def digits():
    """5,000 of the MNIST images in the repository, [5000][784] bytes in a row."""
    path = REPOSITORY / "experiments/data/mnist/t10k-images-idx3-ubyte.gz"
    header, count = 16, 5000
    return gzip.decompress(path.read_bytes())[header : header + count * 784]
