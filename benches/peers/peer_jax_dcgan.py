"""The DCGAN in JAX, channels last. For information: no target compares with it.

A filter's taps lie in the order (q, p, r, s): tap (2q + r, 2p + s).
"""

import math

import jax
import jax.numpy as jnp
import numpy

from peer_jax_ring import move
from workloads import LEAKY_SLOPE, NORM_EPSILON, digits

LEAKY_GAIN = math.sqrt(2 / (1 + LEAKY_SLOPE**2))


class Players:
    """G and D as functions of their weights, and what they are fed with."""

    def __init__(self, dcgan):
        self.dcgan = dcgan
        self.normed = dcgan.norm == "batch"
        images = numpy.frombuffer(digits(), numpy.uint8).reshape(-1, 28, 28, 1)
        self.images = jnp.asarray(images.astype(numpy.float32) / 127.5 - 1)

    def weights(self, key):
        narrow, wide = self.dcgan.width, 2 * self.dcgan.width
        features = wide * self.dcgan.side**2
        keys = iter(jax.random.split(key, 6))
        g = [
            self.layer(next(keys), (self.dcgan.latent, features), self.dcgan.latent, math.sqrt(2), wide),
            # A pixel of a 4×4 stride-2 transposed convolution sees four taps of each channel.
            self.layer(next(keys), (4, 4, wide, narrow), wide * 4, math.sqrt(2), narrow),
            self.layer(next(keys), (4, 4, narrow, 1), narrow * 4, 1, None),
        ]
        d = [
            self.layer(next(keys), (4, 4, 1, narrow), 16, LEAKY_GAIN, None),
            self.layer(next(keys), (4, 4, narrow, wide), narrow * 16, LEAKY_GAIN, wide),
            self.layer(next(keys), (features, 1), features, 1, None),
        ]
        return g, d

    def layer(self, key, shape, fan_in, gain, normed_channels):
        weight = jax.random.normal(key, shape) * (gain / math.sqrt(fan_in))
        layer = {"weight": weight, "bias": jnp.zeros(shape[-1])}
        if self.normed and normed_channels:
            layer |= {"gamma": jnp.ones(normed_channels), "beta": jnp.zeros(normed_channels)}
        return layer

    def buffers(self):
        """Running mean and variance: of G's two hidden layers, then of D's second."""
        if not self.normed:
            return []
        narrow, wide = self.dcgan.width, 2 * self.dcgan.width
        return [(jnp.zeros(c), jnp.ones(c)) for c in (wide, narrow, wide)]

    def draw(self, key):
        """Real samples and the latents of both steps."""
        dcgan = self.dcgan
        key_normal, key_image = jax.random.split(key)
        latents = jax.random.normal(key_normal, (2, dcgan.batch, dcgan.latent))
        image = jax.random.randint(key_image, (dcgan.batch,), 0, len(self.images))
        return self.images[image], latents[0], latents[1]

    def generate(self, weights, z, buffers):
        """Samples, and the running statistics as this batch moves them."""
        first, second, last = weights
        x = z @ first["weight"] + first["bias"]
        x = x.reshape(-1, self.dcgan.side, self.dcgan.side, 2 * self.dcgan.width)
        x, one = self.normalise(x, first, buffers[:1])
        x, two = self.normalise(up(jax.nn.relu(x), second), second, buffers[1:2])
        return jnp.tanh(up(jax.nn.relu(x), last)), one + two + buffers[2:]

    def judge(self, weights, x, buffers=()):
        return self.judge_and_move(weights, x, list(buffers))[0]

    def judge_and_move(self, weights, x, buffers):
        first, second, last = weights
        x = jax.nn.leaky_relu(down(x, first), LEAKY_SLOPE)
        x, moved = self.normalise(down(x, second), second, buffers)
        x = jax.nn.leaky_relu(x, LEAKY_SLOPE)
        return x.reshape(len(x), -1) @ last["weight"] + last["bias"], moved

    def normalise(self, x, layer, buffers):
        if not self.normed:
            return x, []
        mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
        moved = [move(running, mean, variance, x.size // x.shape[-1]) for running in buffers]
        x = (x - mean) * (jax.lax.rsqrt(variance + NORM_EPSILON) * layer["gamma"])
        return x + layer["beta"], moved

    def loss_d(self, weights, real, fake, buffers):
        if self.normed:
            # Each batch with statistics of its own.
            on_real, moved = self.judge_and_move(weights, real, buffers[2:])
            on_fake, moved = self.judge_and_move(weights, fake, moved)
            buffers = buffers[:2] + moved
        else:
            on_real, on_fake = jnp.split(self.judge(weights, jnp.concatenate([real, fake])), 2)
        return jax.nn.softplus(-on_real).mean() + jax.nn.softplus(on_fake).mean(), buffers


def down(x, layer):
    """4×4, stride 2, padding 1: one matrix product of patches.

    XLA's own convolutions took thirty times as long inside a scan on a CPU. A tap is 2q + r: the
    padded image is a grid of 2×2 cells (r), and a patch is 2×2 neighbouring cells (q).
    """
    batch, height, width, channels = x.shape
    high, wide = height // 2, width // 2
    x = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    cells = x.reshape(batch, high + 1, 2, wide + 1, 2, channels)
    cells = cells.transpose(0, 1, 3, 2, 4, 5).reshape(batch, high + 1, wide + 1, 4 * channels)
    neighbours = [cells[:, q : high + q, p : wide + p] for q in (0, 1) for p in (0, 1)]
    patches = jnp.concatenate(neighbours, axis=-1).reshape(-1, 16 * channels)
    x = patches @ layer["weight"].reshape(16 * channels, -1) + layer["bias"]
    return x.reshape(batch, high, wide, -1)


def up(x, layer):
    """The transpose of such a convolution: a matrix product, and patches that overlap are added."""
    batch, high, wide, channels = x.shape
    outputs = layer["bias"].size
    weight = layer["weight"].transpose(2, 0, 1, 3).reshape(channels, -1)
    patches = (x.reshape(-1, channels) @ weight).reshape(batch, high, wide, 2, 2, 4 * outputs)
    cells = sum(
        jnp.pad(patches[:, :, :, q, p], ((0, 0), (q, 1 - q), (p, 1 - p), (0, 0)))
        for q in (0, 1)
        for p in (0, 1)
    )
    cells = cells.reshape(batch, high + 1, wide + 1, 2, 2, outputs).transpose(0, 1, 3, 2, 4, 5)
    x = cells.reshape(batch, 2 * high + 2, 2 * wide + 2, outputs)[:, 1:-1, 1:-1]
    return x + layer["bias"]
