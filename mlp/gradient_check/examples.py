"""The examples that gradients are checked on, and the network, freshly initialised."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mlp.arrays import Floats
from mlp.config import Config
from mlp.datasets import Dataset
from mlp.network import Network
from mlp.normalization import fit
from mlp.split import split


def one_per_class(labels: NDArray[np.integer], rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the first of `rows` that has each label, in the order of the labels."""
    _, first = np.unique(labels[rows], return_index=True)
    return rows[first]


def prepared(config: Config, dataset: Dataset) -> tuple[Network, Floats, NDArray[np.intp]]:
    """Return a run's network at epoch 0 in float64, and one training example of each class.

    Inputs are (1, features, examples), normalised; labels (examples,).
    """
    config = replace(config, precision="float64")
    images, labels = dataset.train_images, dataset.train_labels
    training = split(
        len(labels), config.data.validation, config.seeds.split, limited_from=dataset.limited_from
    ).training
    normalization = fit(config.normalization, images, training, np.float64)
    chosen = one_per_class(labels, training)
    inputs = np.empty((len(chosen), images.shape[1]))
    normalization.apply(images[chosen], inputs)
    network = Network.initial(
        [images.shape[1], *config.hidden_units, len(dataset.classes)],
        [(config.activation, config.initialization, config.seeds.initialization)],
        np.float64,
    )
    return network, inputs.T[np.newaxis], labels[chosen].astype(np.intp)
