"""The training loop of a stack of runs, which gives its progress out epoch by epoch."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlp.arithmetic import arithmetic
from mlp.arrays import Floats
from mlp.batches import Batches, epoch_order
from mlp.config import Config
from mlp.datasets import Dataset
from mlp.evaluation import EVALUATION_BATCH, Evaluation
from mlp.loss import SoftmaxCrossEntropy
from mlp.member import Ending, Member, State, Value, names
from mlp.metrics import Tally
from mlp.network import Network
from mlp.normalization import fit
from mlp.optimizer import Optimizer
from mlp.result import Result, tested
from mlp.split import split
from mlp.stack import stack_key

__all__ = ["Ending", "Report", "Result", "Training"]


@dataclass(frozen=True)
class Report:
    """What one epoch, counted from 1, did to one member.

    Losses are mean cross-entropies in nats, without the L2 term; accuracies are fractions. Those
    of training are means over the epoch's batches while the weights move.
    """

    member: int
    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    ended: Ending | None


class Training:
    """A stack of runs in training: members 0 to K - 1, in the order of the configs given.

        training = Training([Config(activation="relu")], load(Data()))
        for (report,) in training.epochs():
            print(report)
        print(training.result(0).test_accuracy)

    A run's numbers do not depend on who it is stacked with, to the bit. (Only the sign of a nan
    may, in the last weights of a run that diverged.)
    """

    def __init__(self, configs: Sequence[Config], dataset: Dataset) -> None:
        """Set the members up at epoch 0.

        Raises:
            ValueError: if the configs can't share a stack, or the split leaves a part empty.
        """
        if len({stack_key(config) for config in configs}) != 1:
            msg = "a stack needs one or more runs of equal architecture, data, batches, precision"
            raise ValueError(msg)
        self._dataset = dataset
        self._shared = shared = configs[0]
        self._members = [Member(config) for config in configs]
        # Sorted, so that each activation has one slice of the stack.
        self._live = sorted(range(len(configs)), key=lambda member: configs[member].activation)
        images, labels, dtype = dataset.train_images, dataset.train_labels, shared.precision
        self._split = split(
            len(labels),
            shared.data.validation,
            shared.seeds.split,
            limited_from=dataset.limited_from,
        )
        self._normalization = fit(shared.normalization, images, self._split.training, dtype)
        self._batches = Batches(images, labels, self._normalization, shared.batch_size)
        self._validation = Evaluation(
            Batches(images, labels, self._normalization, EVALUATION_BATCH), self._split.validation
        )
        widths = [images.shape[1], *shared.hidden_units, len(dataset.classes)]
        drawn = [
            (config.activation, config.initialization, config.seeds.initialization)
            for config in (configs[member] for member in self._live)
        ]
        network = Network.initial(widths, drawn, dtype)
        self._build(network, [np.zeros_like(array) for array in network.parameters])

    @property
    def examples(self) -> int:
        """How many examples an epoch goes through."""
        return len(self._split.training)

    def restore(self, member: int, state: Mapping[str, Value]) -> None:
        """Put a member where `state` was taken, before `epochs` is called.

        Raises:
            ValueError: if the state is not one of a run with this member's settings.
        """
        parameters, velocities = self._arrays(member)
        self._members[member].restore(state, parameters, velocities)

    def state(self, member: int) -> State:
        """Return copies of all that a member needs to go on from the end of its last epoch."""
        run = self._members[member]
        return dict(run.parting) if run.parting is not None else run.state(*self._arrays(member))

    def epochs(self) -> Iterator[list[Report]]:
        """Train; after each epoch, give one report for each member that took part in it.

        Members that finish, stop early or diverge are reported so once and take no further part.

        Raises:
            ValueError: if restored members are at different epochs.
        """
        if len({run.epoch for run in self._members}) != 1:
            msg = "restored runs can share a stack only if they are at the same epoch"
            raise ValueError(msg)
        self._part([member for member in self._live if self._members[member].ending()])
        while self._live:
            epoch = 1 + self._members[self._live[0]].epoch
            with arithmetic():
                columns = (*self._train(epoch), *self._validation.means(self._network))
            reports = [
                self._judge(member, epoch, figures)
                for member, *figures in zip(self._live, *columns, strict=True)
            ]
            self._part([report.member for report in reports if report.ended])
            yield sorted(reports, key=lambda report: report.member)

    def result(self, member: int) -> Result:
        """Return what an ended member leaves; this reads the test set, if its config says so.

        Raises:
            ValueError: if the member has no best epoch: it diverged in its first.
        """
        return self.results([member])[0]

    def results(self, members: Sequence[int]) -> list[Result]:
        """Return what ended members leave, in their order: those that are tested, in one stack.

        Raises:
            ValueError: if one has no best epoch: it diverged in its first.
        """
        for member in members:
            if self._members[member].best.epoch == 0:
                msg = f"run {member} has no best weights: it did not get through an epoch"
                raise ValueError(msg)
        runs = [self._members[member] for member in members]
        found = {
            member: Result(run.best.epoch, run.best.objective, self._weights(run))
            for member, run in zip(members, runs, strict=True)
        }
        # Sorted, so that each activation has one slice of the stack.
        tests = sorted(
            (member for member in members if self._members[member].config.test),
            key=lambda member: self._members[member].config.activation,
        )
        if tests:
            in_test = tested(
                [self._members[member].best for member in tests],
                [found[member].weights for member in tests],
                [self._members[member].config.activation for member in tests],
                self._dataset,
            )
            found |= dict(zip(tests, in_test, strict=True))
        return [found[member] for member in members]

    def _weights(self, run: Member) -> dict[str, Floats]:
        weights = {
            name: array.ravel() if name.startswith("bias") else array
            for name, array in zip(
                names(len(run.best_parameters)), run.best_parameters, strict=True
            )
        }
        weights["input_shift"] = self._normalization.shift
        weights["input_scale"] = self._normalization.scale
        return weights

    def _build(self, network: Network, velocities: Sequence[Floats]) -> None:
        """Make all that is as wide as the stack."""
        configs = [self._members[member].config for member in self._live]
        classes, dtype = len(self._dataset.classes), self._shared.precision
        self._network = network
        self._loss = SoftmaxCrossEntropy(len(configs), classes, dtype)
        self._tally = Tally(len(configs), dtype)
        self._optimizer = Optimizer(configs, network.parameters, velocities)

    def _arrays(self, member: int) -> tuple[list[Floats], list[Floats]]:
        """Return views of a live member's parameters and velocities."""
        place = self._live.index(member)
        return (
            [array[place] for array in self._network.parameters],
            [array[place] for array in self._optimizer.velocities],
        )

    def _train(self, epoch: int) -> tuple[list[float], list[float]]:
        """Go once through the training part; return each live member's loss and accuracy."""
        self._optimizer.start(epoch)
        self._tally.clear()
        order = epoch_order(self._split.training, self._shared.seeds.shuffle, epoch)
        for inputs, labels in self._batches.of(order):
            self._step(inputs, labels)
        return self._tally.means()

    def _step(self, inputs: Floats, labels: NDArray[np.intp]) -> None:
        """Learn from one batch: inputs (1, features, batch), labels (batch,)."""
        self._tally.add(*self._loss.forward(self._network.forward(inputs), labels))
        self._network.backward(self._loss.backward(self._optimizer.scale(len(labels))))
        self._optimizer.step(self._network.gradients)

    def _judge(self, member: int, epoch: int, figures: Sequence[float]) -> Report:
        """Take in a member's epoch: training loss and accuracy, then those of validation."""
        run = self._members[member]
        train_loss, train_accuracy, validation_loss, validation_accuracy = figures
        run.epoch = epoch
        if math.isfinite(train_loss) and math.isfinite(validation_loss):
            watched = {
                "validation_loss": validation_loss,
                "validation_accuracy": validation_accuracy,
            }
            run.judge(watched[run.config.objective], self._arrays(member)[0])
            ended = run.ending()
        else:
            ended = Ending.DIVERGED
        return Report(
            member, epoch, train_loss, train_accuracy, validation_loss, validation_accuracy, ended
        )

    def _part(self, leaving: Sequence[int]) -> None:
        """Take members out of the stack, and close the gaps."""
        if not leaving:
            return
        for member in leaving:
            self._members[member].parting = self.state(member)
        places = [place for place, member in enumerate(self._live) if member not in leaving]
        self._live = [self._live[place] for place in places]
        if self._live:
            velocities = [array[places] for array in self._optimizer.velocities]
            self._build(self._network.only(places), velocities)
