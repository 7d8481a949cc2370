"""The ring in JAX: two perceptrons."""

import math

import jax
import jax.numpy as jnp

from workloads import NORM_EPSILON

MOMENTUM = 0.1


class Players:
    """G and D as functions of their weights, and what they are fed with."""

    def __init__(self, ring):
        self.ring = ring
        self.centres = jnp.array(ring.centres())

    def weights(self, key):
        ring, h = self.ring, self.ring.hidden
        key_g, key_d = jax.random.split(key)
        g = perceptron(key_g, [ring.latent, h, h, 2], ring.norm_g)
        d = perceptron(key_d, [2, h, h, 1], ring.norm_d)
        return g, d

    def buffers(self):
        """Running mean and variance of G's hidden layers."""
        if self.ring.norm_g != "batch":
            return []
        return [(jnp.zeros(self.ring.hidden), jnp.ones(self.ring.hidden)) for _ in range(2)]

    def draw(self, key):
        """Real samples and the latents of both steps; all normal values in one call."""
        ring, latent = self.ring, self.ring.latent
        key_normal, key_mode = jax.random.split(key)
        normal = jax.random.normal(key_normal, (ring.batch, 2 * latent + 2))
        mode = jax.random.randint(key_mode, (ring.batch,), 0, ring.modes)
        real = self.centres[mode] + ring.sigma * normal[:, 2 * latent :]
        return real, normal[:, :latent], normal[:, latent : 2 * latent]

    def generate(self, weights, z, buffers):
        """Samples, and the running statistics as this batch moves them."""
        return forward(weights, z, self.ring.norm_g, buffers)

    def judge(self, weights, x):
        return forward(weights, x, self.ring.norm_d, [])[0]

    def loss_d(self, weights, real, fake, buffers):
        logits = self.judge(weights, jnp.concatenate([real, fake]))
        on_real, on_fake = jnp.split(logits, 2)
        loss = jax.nn.softplus(-on_real).mean() + jax.nn.softplus(on_fake).mean()
        return loss, buffers


def perceptron(key, widths, norm):
    """A dictionary a layer."""
    layers = []
    last = len(widths) - 2
    for layer, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        gain = 1 if layer == last else math.sqrt(2)
        normal = jax.random.normal(jax.random.fold_in(key, layer), (inputs, outputs))
        weights = {"weight": normal * (gain / math.sqrt(inputs)), "bias": jnp.zeros(outputs)}
        if norm != "none" and layer != last:
            weights |= {"gamma": jnp.ones(outputs), "beta": jnp.zeros(outputs)}
        layers.append(weights)
    return layers


def forward(layers, x, norm, buffers):
    moved = []
    for layer, weights in enumerate(layers[:-1]):
        x = x @ weights["weight"] + weights["bias"]
        if norm != "none":
            axis = 0 if norm == "batch" else 1
            mean = x.mean(axis, keepdims=True)
            variance = x.var(axis, keepdims=True)
            if buffers:
                moved.append(move(buffers[layer], mean[0], variance[0], len(x)))
            x = (x - mean) * jax.lax.rsqrt(variance + NORM_EPSILON)
            x = x * weights["gamma"] + weights["beta"]
        x = jax.nn.relu(x)
    return x @ layers[-1]["weight"] + layers[-1]["bias"], moved


def move(running, mean, variance, batch):
    """Running statistics, with the unbiased variance; no gradient flows into them."""
    mean, variance = jax.lax.stop_gradient((mean, variance * (batch / (batch - 1))))
    return tuple(old + MOMENTUM * (new - old) for old, new in zip(running, (mean, variance)))
