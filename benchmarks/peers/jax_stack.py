"""JAX: vmap over the networks of a stack, and each epoch compiled as one loop.

JAX_COMPILATION_CACHE_DIR, if set, keeps what was compiled for the next time.
"""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import jax
from jax import Array, lax, nn
from jax import numpy as jnp
from work import (
    ACTIVATIONS,
    BATCH,
    CLASSES,
    FEATURES,
    HIDDEN,
    MOMENTUM,
    TRAINING,
    Curve,
    Run,
    Setting,
    parts,
)

EVALUATED = 500
"""Images evaluated at a time."""

Parameters = tuple[Array, Array, Array, Array]
"""Weight (K, 784, 50), bias (K, 50), weight (K, 50, 10), bias (K, 10)."""
Part = tuple[Array, Array]
"""Images (n, 784) and labels (n,)."""
Activate = Callable[[Array], Array]


class Stack(NamedTuple):
    """What a step changes."""

    parameters: Parameters
    velocities: Parameters


def activation(settings: Sequence[Setting]) -> Activate:
    """Return what activates (K, ...), which are sorted by activation."""
    names = [setting.activation for setting in settings]
    ends = [names.index(name) for name in ACTIVATIONS[1:]]
    functions = (jnp.tanh, nn.sigmoid, nn.relu)

    def activate(z: Array) -> Array:
        pieces = zip(functions, jnp.split(z, ends), strict=True)
        return jnp.concatenate([function(piece) for function, piece in pieces])

    return activate


def loss(
    parameters: Parameters, images: Array, labels: Array, activate: Activate
) -> tuple[Array, Array]:
    """Return the sum of the networks' losses, and (2, K): each one's summed losses, and hits."""
    weight, bias, weight_2, bias_2 = parameters
    hidden = activate(jax.vmap(lambda w, b: images @ w + b)(weight, bias))
    logits = jax.vmap(lambda h, w, b: h @ w + b)(hidden, weight_2, bias_2)
    wanted = jnp.broadcast_to(labels[None, :, None], (*logits.shape[:2], 1))
    losses = -jnp.take_along_axis(nn.log_softmax(logits), wanted, axis=2)[..., 0]
    hits = logits.argmax(axis=2) == labels
    return losses.mean(axis=1).sum(), jnp.stack([losses.sum(axis=1), hits.sum(axis=1)])


def means(parameters: Parameters, part: Part, activate: Activate) -> Array:
    """Return (2, K): each network's loss and accuracy."""

    def evaluate(_: None, batch: Part) -> tuple[None, Array]:
        return None, loss(parameters, *batch, activate)[1]

    images, labels = part
    batches = images.reshape(-1, EVALUATED, FEATURES), labels.reshape(-1, EVALUATED)
    _, sums = lax.scan(evaluate, None, batches)
    return sums.sum(axis=0) / len(labels)


@partial(jax.jit, static_argnames="activate")
def epoch(
    stack: Stack,
    key: Array,
    rates: Array,
    decays: Array,
    training: Part,
    validation: Part,
    activate: Activate,
) -> tuple[Stack, Array]:
    """Train for an epoch; return (4, K) figures of training and validation."""
    none = jnp.zeros_like(decays)

    def step(stack: Stack, rows: Array) -> tuple[Stack, Array]:
        images, labels = (array[rows] for array in training)
        gradients, sums = jax.grad(loss, has_aux=True)(stack.parameters, images, labels, activate)
        updated = [
            update(w, v, g, rates, decay)
            for w, v, g, decay in zip(*stack, gradients, (decays, none, decays, none), strict=True)
        ]
        return Stack(*zip(*updated, strict=True)), sums

    order = jax.random.permutation(key, TRAINING)
    whole = TRAINING // BATCH * BATCH
    stack, sums = lax.scan(step, stack, order[:whole].reshape(-1, BATCH))
    stack, rest = step(stack, order[whole:])
    trained = (sums.sum(axis=0) + rest) / TRAINING
    return stack, jnp.concatenate([trained, means(stack.parameters, validation, activate)])


def update(w: Array, v: Array, g: Array, rates: Array, decays: Array) -> tuple[Array, Array]:
    """Return the new parameters and velocities (K, ...)."""
    each = (-1,) + (1,) * (w.ndim - 1)
    slope = g + decays.reshape(each) * w
    v = MOMENTUM * v - rates.reshape(each) * slope
    return w + v, v


def initial(members: int, key: Array) -> Stack:
    """Draw weights as Glorot and Bengio."""
    first, second = jax.random.split(key)

    def glorot(key: Array, rows: int, columns: int) -> Array:
        bound = (6 / (rows + columns)) ** 0.5
        return jax.random.uniform(key, (members, rows, columns), minval=-bound, maxval=bound)

    parameters = (
        glorot(first, FEATURES, HIDDEN),
        jnp.zeros((members, HIDDEN)),
        glorot(second, HIDDEN, CLASSES),
        jnp.zeros((members, CLASSES)),
    )
    return Stack(parameters, jax.tree.map(jnp.zeros_like, parameters))


def train(settings: list[Setting], epochs: int) -> list[Run]:
    """Train a stack, sorted by activation, on one thread."""
    # XLA's pool of threads; read when the first array is made.
    os.environ["NPROC"] = "1"
    training, validation, test = (tuple(map(jnp.asarray, part)) for part in parts())
    rates = jnp.array([setting.learning_rate for setting in settings])
    decays = jnp.array([setting.l2 for setting in settings])
    activate = activation(settings)
    first, *keys = jax.random.split(jax.random.key(0), 1 + epochs)
    stack = initial(len(settings), first)
    figures = []
    for key in keys:
        stack, values = epoch(stack, key, rates, decays, training, validation, activate)
        figures.append(values)
    curves: list[Curve] = jnp.stack(figures).transpose(2, 0, 1).tolist()
    accuracies = jax.jit(means, static_argnums=2)(stack.parameters, test, activate)[1].tolist()
    return [Run(*each) for each in zip(settings, curves, accuracies, strict=True)]
