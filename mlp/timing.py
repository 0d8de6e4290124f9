"""A training that knows where its time goes. The plain one has no clock in its steps."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mlp.arrays import Floats
from mlp.config import Config
from mlp.datasets import Dataset
from mlp.evaluation import EVALUATION_BATCH
from mlp.network import Network
from mlp.products import is_wide, one_thread
from mlp.result import Result
from mlp.trainer import Report, Training


class TimedTraining(Training):
    """Trains with the same bits, with a clock around the layers' products, batches and evaluation.

    `operations` counts those of the matrix products, of training and of evaluation.
    """

    def __init__(self, configs: Sequence[Config], dataset: Dataset) -> None:
        self._spent = dict.fromkeys(("epochs", "gather", "products", "validation", "test"), 0.0)
        self._evaluating = False
        self.operations = 0.0
        super().__init__(configs, dataset)
        self._width = len(configs)
        _replace(self._batches, "of", self._gathering)
        _replace(self._validation, "means", self._validating)

    @property
    def seconds(self) -> Mapping[str, float]:
        """The seconds of each part so far; `elementwise` is all that is none of the others."""
        spent = self._spent
        others = spent["gather"] + spent["products"] + spent["validation"]
        return {
            "gather": spent["gather"],
            "products": spent["products"],
            "elementwise": spent["epochs"] - others,
            "evaluation": spent["validation"] + spent["test"],
        }

    @property
    def narrow(self) -> Sequence[str]:
        """A sentence for each product that all members share and that is made for one at a time.

        Such a wide product would round otherwise than the single ones (`mlp.products`).
        """
        weight = self._network.linears[0].weight
        _, outputs, inputs = weight.shape
        batch = self._shared.batch_size
        batches = {min(batch, self.examples), self.examples % batch} - {0}
        products = [(outputs, inputs, count, False) for count in batches]
        products += [(outputs, count, inputs, True) for count in batches]
        products.append((outputs, inputs, EVALUATION_BATCH, False))
        with one_thread():
            return [
                f"one product for each run, not one for all, of ({rows}, {inner}) and"
                f" ({inner}, {columns}): the wide one rounds otherwise with this BLAS"
                for rows, inner, columns, row_major in sorted(set(products))
                if self._width > 1
                and not is_wide(
                    self._width, rows, inner, columns, weight.dtype, row_major=row_major
                )
            ]

    def epochs(self) -> Iterator[list[Report]]:
        """Train as `Training` does."""
        reports = super().epochs()
        while True:
            began = time.perf_counter()
            try:
                given = next(reports)
            except StopIteration:
                return
            finally:
                self._spent["epochs"] += time.perf_counter() - began
            first, *others = (linear.weight[0].size for linear in self._network.linears)
            forward = 2.0 * (first + sum(others))
            step = 2 * forward + 2.0 * sum(others)
            validated = len(self._split.validation)
            self.operations += len(given) * (step * self.examples + forward * validated)
            yield given

    def results(self, members: Sequence[int]) -> list[Result]:
        """Test as `Training` does."""
        began = time.perf_counter()
        results = super().results(members)
        self._spent["test"] += time.perf_counter() - began
        for result in results:
            if result.test_loss is not None:
                products = sum(a.size for n, a in result.weights.items() if n.startswith("weight"))
                self.operations += 2.0 * products * len(self._dataset.test_labels)
        return results

    def _build(self, network: Network, velocities: Sequence[Floats]) -> None:
        super()._build(network, velocities)
        for linear in self._network.linears:
            for method in ("forward", "backward", "input_gradient"):
                _replace(linear, method, self._multiplying)

    def _multiplying(self, multiply: Callable[..., Any]) -> Callable[..., Any]:
        def around(*arrays: Floats) -> Any:
            if self._evaluating:
                return multiply(*arrays)
            began = time.perf_counter()
            found = multiply(*arrays)
            self._spent["products"] += time.perf_counter() - began
            return found

        return around

    def _gathering(self, of: Callable[..., Any]) -> Callable[..., Any]:
        def around(rows: Any) -> Iterator[Any]:
            batches = of(rows)
            while True:
                began = time.perf_counter()
                batch = next(batches, None)
                self._spent["gather"] += time.perf_counter() - began
                if batch is None:
                    return
                yield batch

        return around

    def _validating(self, means: Callable[..., Any]) -> Callable[..., Any]:
        def around(network: Network) -> Any:
            began = time.perf_counter()
            self._evaluating = True
            found = means(network)
            self._evaluating = False
            self._spent["validation"] += time.perf_counter() - began
            return found

        return around


def _replace(noun: object, method: str, around: Callable[[Callable[..., Any]], Any]) -> None:
    """Put something around one object's method."""
    setattr(noun, method, around(getattr(noun, method)))
