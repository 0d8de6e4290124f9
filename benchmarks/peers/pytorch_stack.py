"""PyTorch with networks stacked by hand: autograd, but no nn.Module.

The first layer is one product for the whole stack, which came faster than a batched one (bmm), and
the second a batched one.
"""

import torch
from pytorch_training import tensors
from torch import Tensor
from torch.nn.functional import cross_entropy
from work import BATCH, CLASSES, FEATURES, HIDDEN, MOMENTUM, Curve, Run, Setting

ACTIVATIONS = {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu}


class Stack:
    """K networks of like shape, sorted by activation."""

    def __init__(self, settings: list[Setting]) -> None:
        self.members = len(settings)
        names = [setting.activation for setting in settings]
        self.slices = {name: names.count(name) for name in dict.fromkeys(names)}
        self.rates = torch.tensor([one.learning_rate for one in settings]).view(-1, 1, 1)
        self.decays = torch.tensor([one.l2 for one in settings]).view(-1, 1, 1)
        self.parameters = [
            self._glorot(HIDDEN, FEATURES),
            torch.zeros(self.members, HIDDEN, 1),
            self._glorot(HIDDEN, CLASSES),
            torch.zeros(self.members, 1, CLASSES),
        ]
        self.velocities = [torch.zeros_like(one) for one in self.parameters]
        for parameter in self.parameters:
            parameter.requires_grad_()

    def _glorot(self, rows: int, columns: int) -> Tensor:
        bound: float = (6 / (rows + columns)) ** 0.5
        return torch.empty(self.members, rows, columns).uniform_(-bound, bound)

    def logits(self, images: Tensor) -> Tensor:
        """Return (K, batch, classes) of images (batch, 784)."""
        weight, bias, weight_2, bias_2 = self.parameters
        hidden = torch.addmm(bias.view(-1, 1), weight.view(-1, FEATURES), images.T)
        active = [
            ACTIVATIONS[name](own)
            for name, own in zip(
                self.slices,
                hidden.view(self.members, HIDDEN, -1).split(list(self.slices.values())),
                strict=True,
            )
        ]
        return torch.baddbmm(bias_2, torch.cat(active).transpose(1, 2), weight_2)

    def step(self, loss: Tensor) -> None:
        """Update all networks; the loss is the sum of theirs."""
        gradients = torch.autograd.grad(loss, self.parameters)
        with torch.no_grad():
            for number, (w, v, g) in enumerate(
                zip(self.parameters, self.velocities, gradients, strict=True)
            ):
                if number in {0, 2}:
                    g.addcmul_(self.decays, w)
                v.mul_(MOMENTUM).addcmul_(self.rates, g, value=-1)
                w.add_(v)


def measure(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return losses (K, batch) and hits (K, batch)."""
    wanted = labels.expand(len(logits), -1)
    losses = cross_entropy(logits.flatten(0, 1), wanted.flatten(), reduction="none")
    return losses.view_as(wanted), logits.argmax(dim=2) == wanted


@torch.no_grad()
def means(stack: Stack, images: Tensor, labels: Tensor) -> tuple[list[float], list[float]]:
    """Return each network's loss and accuracy."""
    sums = torch.zeros(2, stack.members)
    for start in range(0, len(labels), 500):
        some = slice(start, start + 500)
        losses, hits = measure(stack.logits(images[some]), labels[some])
        sums += torch.stack([losses.sum(dim=1), hits.sum(dim=1)])
    means_of_losses, accuracies = (sums / len(labels)).tolist()
    return means_of_losses, accuracies


def train(settings: list[Setting], epochs: int) -> list[Run]:
    """Train a stack, sorted by activation, on one thread."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    (images, labels), validation, test = tensors()
    stack = Stack(settings)
    curves: list[Curve] = [[] for _ in settings]
    for _ in range(epochs):
        sums = torch.zeros(2, stack.members)
        for rows in torch.randperm(len(labels)).split(BATCH):
            losses, hits = measure(stack.logits(images[rows]), labels[rows])
            stack.step(losses.sum() / len(rows))
            sums += torch.stack([losses.detach().sum(dim=1), hits.sum(dim=1)])
        training = (sums / len(labels)).tolist()
        for curve, *values in zip(curves, *training, *means(stack, *validation), strict=True):
            curve.append(tuple(values))
    accuracies = means(stack, *test)[1]
    return [Run(*each) for each in zip(settings, curves, accuracies, strict=True)]
