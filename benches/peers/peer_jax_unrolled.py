"""The published unrolled ring in JAX (Metz et al. 2017): G learns through n steps of D's Adam.

The forms below are the fastest of those tried on one core: the unrolled steps as a scan inside the
scan (faster than written out n times, and than with rematerialisation), D's weights and moments as
one vector each, its real and its generated half apart (no gradient flows into real samples), and
D's own update taken from the first unrolled step, which it is: both descend the loss of the same
batch from the same weights and moments.
"""

import functools

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from workloads import ADAM_EPSILON

# Added below Adam's square root, whose derivative is infinite at 0, where a unit of D is dead: far
# below ADAM_EPSILON squared.
TINY = 1e-30


class Training:
    """A call trains so many steps more and returns the losses of D and G, one a step."""

    def __init__(self, ring, seed):
        self.ring = ring
        self.centres = jnp.array(ring.centres())
        init, self.noise, self.evaluation = jax.random.split(jax.random.key(seed), 3)
        key_g, key_d = jax.random.split(init)
        h = ring.hidden
        g = perceptron(key_g, [ring.latent, h, h, 2], ring.gain)
        d, self.shaped = ravel_pytree(perceptron(key_d, [2, h, 1], ring.gain))
        self.state = (g, d, moments(g), moments(d))
        self.scan = jax.jit(functools.partial(jax.lax.scan, self.step), donate_argnums=0)
        self.done = 0

    def __call__(self, steps):
        counts = jnp.arange(self.done + 1, self.done + steps + 1, dtype=jnp.int32)
        self.state, losses = jax.block_until_ready(self.scan(self.state, counts))
        self.done += steps
        return losses

    def samples(self, count):
        """Generated points, `[count, 2]`."""
        z = jax.random.normal(self.evaluation, (count, self.ring.latent))
        return forward(self.state[0], z)

    def draw(self, count):
        """Real samples and latents of a step; all normal values in one call."""
        ring = self.ring
        key_normal, key_mode = jax.random.split(jax.random.fold_in(self.noise, count))
        normal = jax.random.normal(key_normal, (ring.batch, ring.latent + 2))
        mode = jax.random.randint(key_mode, (ring.batch,), 0, ring.modes)
        real = self.centres[mode] + ring.sigma * normal[:, ring.latent :]
        return real, normal[:, : ring.latent]

    def loss_d(self, d, real, fake):
        """The negative of the minimax value."""

        def judge(x):
            return forward(self.shaped(d), self.ring.d_input_scale * x)

        return jax.nn.softplus(-judge(real)).mean() + jax.nn.softplus(judge(fake)).mean()

    def step(self, state, count):
        """Simultaneous updates of D and G; `count` from 1."""
        g, d, moments_g, moments_d = state
        real, z = self.draw(count)

        def unrolled(g):
            fake = forward(g, z)

            def descend(player, count):
                weights, moments = player
                loss, gradient = jax.value_and_grad(self.loss_d)(weights, real, fake)
                return self.adam(weights, moments, gradient, count), loss

            first, loss_d = descend((d, moments_d), count)
            if self.ring.unroll == 0:
                judge = d
            else:
                later = count + jnp.arange(1, self.ring.unroll)
                (judge, _), _ = jax.lax.scan(descend, first, later)
            return -self.loss_d(judge, real, fake), (first, loss_d)

        (loss_g, (first, loss_d)), gradient = jax.value_and_grad(unrolled, has_aux=True)(g)
        d, moments_d = first
        g, moments_g = self.adam(g, moments_g, gradient, count)
        return (g, d, moments_g, moments_d), (loss_d, loss_g)

    def adam(self, weights, moments, gradient, count):
        """Kingma and Ba (2015), algorithm 1; differentiable."""
        b1, b2 = self.ring.betas
        size = self.ring.learning_rate / (1 - b1**count)
        correction = 1 / (1 - b2**count)
        first = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, moments[0], gradient)
        second = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, moments[1], gradient)
        weights = jax.tree.map(
            lambda w, m, v: w - size * m / (jnp.sqrt(v * correction + TINY) + ADAM_EPSILON),
            weights,
            first,
            second,
        )
        return weights, (first, second)


def moments(weights):
    """Adam's two, each of zeros."""
    return tuple(jax.tree.map(jnp.zeros_like, weights) for _ in range(2))


def perceptron(key, widths, gain):
    """Orthogonal weights and zero biases, a pair a layer."""
    orthogonal = jax.nn.initializers.orthogonal(gain)
    sizes = zip(widths, widths[1:])
    keys = jax.random.split(key, len(widths) - 1)
    return [(orthogonal(key, size), jnp.zeros(size[1])) for key, size in zip(keys, sizes)]


def forward(layers, x):
    """ReLU between layers."""
    for weight, bias in layers[:-1]:
        x = jax.nn.relu(x @ weight + bias)
    weight, bias = layers[-1]
    return x @ weight + bias
