"""The ring in PyTorch: two perceptrons."""

import math

import torch
import torch.nn.functional as F

from workloads import NORM_EPSILON


class Players:
    """G and D as functions of their weights, and what they are fed with."""

    def __init__(self, ring):
        self.ring = ring
        self.centres = torch.tensor(ring.centres())
        h = ring.hidden
        self.g = perceptron([ring.latent, h, h, 2], ring.norm_g)
        self.d = perceptron([2, h, h, 1], ring.norm_d)
        self.running = [(torch.zeros(h), torch.ones(h)) for _ in range(2)]
        # −logit for real samples, +logit for generated ones.
        self.signs = torch.cat([-torch.ones(ring.batch, 1), torch.ones(ring.batch, 1)])

    def latents(self):
        return torch.randn(self.ring.batch, self.ring.latent)

    def real(self):
        ring = self.ring
        modes = self.centres[torch.randint(ring.modes, (ring.batch,))]
        return torch.randn(ring.batch, 2).mul_(ring.sigma).add_(modes)

    def generate(self, z, weights, learns):
        """Running statistics move in G's own step only."""
        return forward(z, weights, self.ring.norm_g, self.running if learns else None)

    def judge(self, x, weights):
        return forward(x, weights, self.ring.norm_d, None)

    def loss_d(self, real, fake, weights):
        logits = self.judge(torch.cat([real, fake]), weights)
        # The mean over both halves is half the sum of their means.
        return F.softplus(logits * self.signs).mean() * 2


def perceptron(widths, norm):
    """weight, bias, and γ, β where a hidden layer is normalised; in the order of the layers."""
    weights = []
    last = len(widths) - 2
    for layer, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        gain = 1 if layer == last else math.sqrt(2)
        weights += [torch.randn(outputs, inputs) * (gain / math.sqrt(inputs)), torch.zeros(outputs)]
        if norm != "none" and layer != last:
            weights += [torch.ones(outputs), torch.zeros(outputs)]
    return [w.requires_grad_() for w in weights]


def forward(x, weights, norm, running):
    weights = iter(weights)
    for layer in range(2):
        x = F.linear(x, next(weights), next(weights))
        if norm == "batch":
            mean, variance = running[layer] if running else (None, None)
            x = F.batch_norm(x, mean, variance, next(weights), next(weights), True, 0.1, NORM_EPSILON)
        elif norm == "layer":
            x = F.layer_norm(x, x.shape[1:], next(weights), next(weights), NORM_EPSILON)
        x = x.relu_()
    return F.linear(x, next(weights), next(weights))
