"""One network in PyTorch, on one thread: the images in memory, batches taken by index.

No DataLoader, whose work for each image takes several times as long; losses and hits are summed
in tensors, and read once an epoch.
"""

from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from work import BATCH, CLASSES, FEATURES, HIDDEN, MOMENTUM, Curve, Run, Setting, parts

ACTIVATIONS = {"tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "relu": nn.ReLU}


@cache
def tensors() -> list[tuple[Tensor, Tensor]]:
    """Return images and labels of training, validation and test."""
    return [(torch.from_numpy(images), torch.from_numpy(labels)) for images, labels in parts()]


@torch.inference_mode()
def means(network: nn.Module, images: Tensor, labels: Tensor) -> tuple[float, float]:
    """Return loss and accuracy."""
    logits = network(images)
    hits = (logits.argmax(dim=1) == labels).sum()
    return cross_entropy(logits, labels).item(), hits.item() / len(labels)


def train(setting: Setting, epochs: int) -> Run:
    """Train one network."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    (images, labels), validation, test = tensors()
    network = nn.Sequential(
        nn.Linear(FEATURES, HIDDEN), ACTIVATIONS[setting.activation](), nn.Linear(HIDDEN, CLASSES)
    )
    weights = [one for one in network.parameters() if one.ndim > 1]
    biases = [one for one in network.parameters() if one.ndim == 1]
    groups: list[dict[str, Any]] = [
        {"params": weights, "weight_decay": setting.l2},
        {"params": biases},
    ]
    optimizer = torch.optim.SGD(groups, setting.learning_rate, MOMENTUM, fused=True)
    curve: Curve = []
    for _ in range(epochs):
        losses, hits = torch.zeros(()), torch.zeros((), dtype=torch.long)
        for rows in torch.randperm(len(labels)).split(BATCH):
            wanted = labels[rows]
            logits = network(images[rows])
            loss = cross_entropy(logits, wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses += loss.detach() * len(rows)
            hits += (logits.argmax(dim=1) == wanted).sum()
        training = losses.item() / len(labels), hits.item() / len(labels)
        curve.append((*training, *means(network, *validation)))
    return Run(setting, curve, means(network, *test)[1])
