"""Checks of the hand-written gradients against central differences of the loss.

    dE/dw is about (E(w + e) - E(w - e)) / 2e, with an error of order e^2.

The differences need many forward passes, each with one parameter changed: a stack of networks.
"""

from mlp.gradient_check.differences import Layer, every_parameter
from mlp.gradient_check.examples import one_per_class, prepared
from mlp.gradient_check.paper import Row, six_parameters

__all__ = ["Layer", "Row", "every_parameter", "one_per_class", "prepared", "six_parameters"]
