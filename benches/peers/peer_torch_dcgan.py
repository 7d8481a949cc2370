"""The DCGAN in PyTorch."""

import math
import os

import torch
import torch.nn.functional as F

from workloads import LEAKY_SLOPE, NORM_EPSILON, digits

STRIDE, PADDING, TAPS = 2, 1, 16

# The table's script tries both and keeps the faster.
LAYOUT = torch.channels_last if os.environ.get("PEER_LAYOUT") == "channels_last" else torch.contiguous_format


class Players:
    """G and D as functions of their weights, and what they are fed with."""

    def __init__(self, dcgan):
        self.dcgan = dcgan
        self.normed = dcgan.norm == "batch"
        pixels = torch.frombuffer(bytearray(digits()), dtype=torch.uint8)
        self.images = pixels.view(-1, 1, 28, 28).float().div_(127.5).sub_(1)
        wide, narrow, features = 2 * dcgan.width, dcgan.width, 2 * dcgan.width * dcgan.side**2
        leaky = math.sqrt(2 / (1 + LEAKY_SLOPE**2))
        self.g = [
            *linear(dcgan.latent, features, math.sqrt(2)),
            *self.norm(wide),
            # A pixel of a 4×4 stride-2 transposed convolution sees four taps of each channel.
            *convolution((wide, narrow, 4, 4), narrow, wide * 4, math.sqrt(2)),
            *self.norm(narrow),
            *convolution((narrow, 1, 4, 4), 1, narrow * 4, 1),
        ]
        self.d = [
            *convolution((narrow, 1, 4, 4), narrow, TAPS, leaky),
            *convolution((wide, narrow, 4, 4), wide, narrow * TAPS, leaky),
            *self.norm(wide),
            *linear(features, 1, 1),
        ]
        self.running = [(torch.zeros(c), torch.ones(c)) for c in (wide, narrow)]
        self.running_d = (torch.zeros(wide), torch.ones(wide))
        self.signs = torch.cat([-torch.ones(dcgan.batch, 1), torch.ones(dcgan.batch, 1)])

    def norm(self, channels):
        if not self.normed:
            return []
        return [torch.ones(channels).requires_grad_(), torch.zeros(channels).requires_grad_()]

    def latents(self):
        return torch.randn(self.dcgan.batch, self.dcgan.latent)

    def real(self):
        return self.images[torch.randint(len(self.images), (self.dcgan.batch,))]

    def normalise(self, x, weights, running):
        if not self.normed:
            return x
        mean, variance = running or (None, None)
        return F.batch_norm(x, mean, variance, next(weights), next(weights), True, 0.1, NORM_EPSILON)

    def generate(self, z, weights, learns):
        weights = iter(weights)
        running = self.running if learns else [None, None]
        x = F.linear(z, next(weights), next(weights))
        x = x.view(-1, 2 * self.dcgan.width, self.dcgan.side, self.dcgan.side)
        x = x.contiguous(memory_format=LAYOUT)
        x = self.normalise(x, weights, running[0]).relu_()
        x = F.conv_transpose2d(x, next(weights), next(weights), STRIDE, PADDING)
        x = self.normalise(x, weights, running[1]).relu_()
        return F.conv_transpose2d(x, next(weights), next(weights), STRIDE, PADDING).tanh_()

    def judge(self, x, weights, learns=False):
        weights = iter(weights)
        running = self.running_d if learns else None
        x = F.conv2d(x, next(weights), next(weights), STRIDE, PADDING)
        x = F.leaky_relu_(x, LEAKY_SLOPE)
        x = F.conv2d(x, next(weights), next(weights), STRIDE, PADDING)
        x = F.leaky_relu_(self.normalise(x, weights, running), LEAKY_SLOPE)
        return F.linear(x.flatten(1), next(weights), next(weights))

    def loss_d(self, real, fake, weights):
        if self.normed:
            # Each batch with statistics of its own.
            on_real, on_fake = (self.judge(x, weights, learns=True) for x in (real, fake))
            return F.softplus(-on_real).mean() + F.softplus(on_fake).mean()
        logits = self.judge(torch.cat([real, fake]), weights)
        return F.softplus(logits * self.signs).mean() * 2


def linear(inputs, outputs, gain):
    weight = torch.randn(outputs, inputs) * (gain / math.sqrt(inputs))
    return weight.requires_grad_(), torch.zeros(outputs, requires_grad=True)


def convolution(shape, outputs, fan_in, gain):
    weight = torch.randn(shape) * (gain / math.sqrt(fan_in))
    weight = weight.contiguous(memory_format=LAYOUT)
    return weight.requires_grad_(), torch.zeros(outputs, requires_grad=True)
