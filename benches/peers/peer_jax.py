"""The workloads in JAX: one jitted scan over many steps, its state donated.

As fast as XLA goes on a CPU: data and latents drawn inside the scan in one call, one batch of real
and generated samples for D where it does not normalise over the batch, Adam written out so that
it fuses, gradients of the weights that learn only.
"""

import functools
import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp

import peer
import peer_jax_dcgan
import peer_jax_ring
import peer_jax_unrolled
from workloads import ADAM_EPSILON, BETAS, LEARNING_RATE, WORKLOADS, Dcgan, UnrolledRing


def start(name, seed):
    workload = WORKLOADS[name]
    if isinstance(workload, UnrolledRing):
        return peer_jax_unrolled.Training(workload, seed)
    module = peer_jax_dcgan if isinstance(workload, Dcgan) else peer_jax_ring
    players = module.Players(workload)
    init, noise = jax.random.split(jax.random.key(seed))
    g, d = players.weights(init)
    state = (g, d, moments(g), moments(d), players.buffers())

    @functools.partial(jax.jit, donate_argnums=0)
    def scan(state, counts):
        return jax.lax.scan(functools.partial(step, players, noise), state, counts)

    done = 0

    def run(steps):
        nonlocal state, done
        counts = jnp.arange(done + 1, done + steps + 1, dtype=jnp.int32)
        state, losses = jax.block_until_ready(scan(state, counts))
        done += steps
        return losses

    return run


def moments(weights):
    """Adam's two, each of zeros."""
    return tuple(jax.tree.map(jnp.zeros_like, weights) for _ in range(2))


def step(players, noise, state, count):
    """k = 1: one update of D, then one of G; `count` from 1."""
    g, d, moments_g, moments_d, buffers = state
    real, latents_d, latents_g = players.draw(jax.random.fold_in(noise, count))

    fake, _ = players.generate(g, latents_d, buffers)
    (loss_d, buffers), gradient = jax.value_and_grad(players.loss_d, has_aux=True)(
        d, real, fake, buffers
    )
    d, moments_d = adam(d, moments_d, gradient, count)

    def loss(g):
        fake, moved = players.generate(g, latents_g, buffers)
        return jax.nn.softplus(-players.judge(d, fake)).mean(), moved

    (loss_g, buffers), gradient = jax.value_and_grad(loss, has_aux=True)(g)
    g, moments_g = adam(g, moments_g, gradient, count)
    return (g, d, moments_g, moments_d, buffers), (loss_d, loss_g)


def adam(weights, moments, gradient, count):
    """Kingma and Ba (2015), algorithm 1."""
    b1, b2 = BETAS
    size = LEARNING_RATE / (1 - b1**count)
    correction = 1 / (1 - b2**count)
    first = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, moments[0], gradient)
    second = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, moments[1], gradient)
    weights = jax.tree.map(
        lambda w, m, v: w - size * m / (jnp.sqrt(v * correction) + ADAM_EPSILON),
        weights,
        first,
        second,
    )
    return weights, (first, second)


def multiply(m, k, n):
    a, b = (jax.random.normal(jax.random.key(0), shape) for shape in ((m, k), (k, n)))
    dot = jax.jit(jnp.dot)

    def run(products):
        for _ in range(products):
            product = dot(a, b)
        product.block_until_ready()

    return run


if __name__ == "__main__":
    peer.main("JAX", jax.__version__, start, multiply)
