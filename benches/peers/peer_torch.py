"""The workloads in PyTorch, eager, one thread.

As fast as eager goes: functional layers without module overhead, one batch of real and generated
samples for D where it does not normalise over the batch, in-place activations, `autograd.grad` of
exactly the weights that learn (the other network's are detached), fused Adam, losses kept as
tensors until the end.
"""

import torch
import torch.nn.functional as F

import peer
import peer_torch_dcgan
import peer_torch_ring
from workloads import BETAS, ADAM_EPSILON, LEARNING_RATE, WORKLOADS, Dcgan, UnrolledRing

torch.set_num_threads(1)


class Game:
    """G and D, their weights as lists of tensors, with their optimisers."""

    def __init__(self, players):
        self.players = players
        self.g, self.d = players.g, players.d
        # The same storage, as constants.
        self.frozen_g = [w.detach() for w in self.g]
        self.frozen_d = [w.detach() for w in self.d]
        self.descent_g, self.descent_d = (
            torch.optim.Adam(w, LEARNING_RATE, BETAS, ADAM_EPSILON, fused=True)
            for w in (self.g, self.d)
        )

    def run(self, steps):
        """Trains so many steps; the losses of each."""
        losses = [self.step() for _ in range(steps)]
        loss_d, loss_g = (torch.stack(column).tolist() for column in zip(*losses))
        return loss_d, loss_g

    def step(self):
        players = self.players
        with torch.no_grad():
            fake = players.generate(players.latents(), self.frozen_g, learns=False)
        loss_d = players.loss_d(players.real(), fake, self.d)
        descend(loss_d, self.d, self.descent_d)
        fake = players.generate(players.latents(), self.g, learns=True)
        loss_g = F.softplus(-players.judge(fake, self.frozen_d)).mean()
        descend(loss_g, self.g, self.descent_g)
        return loss_d.detach(), loss_g.detach()


def descend(loss, weights, optimizer):
    for weight, gradient in zip(weights, torch.autograd.grad(loss, weights)):
        weight.grad = gradient
    optimizer.step()


def start(name, seed):
    torch.manual_seed(seed)
    workload = WORKLOADS[name]
    if isinstance(workload, UnrolledRing):
        return None
    module = peer_torch_dcgan if isinstance(workload, Dcgan) else peer_torch_ring
    return Game(module.Players(workload)).run


def multiply(m, k, n):
    a, b = torch.randn(m, k), torch.randn(k, n)

    def run(products):
        for _ in range(products):
            torch.mm(a, b)

    return run


if __name__ == "__main__":
    peer.main("PyTorch", torch.__version__, start, multiply)
