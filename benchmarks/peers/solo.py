"""One network on one core: ours, scikit-learn and PyTorch, training and evaluation alone.

    python benchmarks/peers/solo.py
    python benchmarks/peers/solo.py --avx2

Each tool has a process of its own with one thread, where its imports are done and the images are
loaded. They train in turn; medians of processor time, so that a busy neighbour takes no turns.
"""

import argparse
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec

from measure import AVX2, THREADS, UNSET
from peak import kernel, peak
from work import ACTIVATIONS, BATCH, Setting, operations, parts

TOOLS = {
    "sweepstack": "mlp",
    "scikit-learn": "sklearn",
    "scikit-learn, no curves": "sklearn",
    "PyTorch": "torch",
}


def _ours(setting: Setting, epochs: int) -> object:
    from mlp.config import Config, Data, EarlyStopping
    from mlp.datasets import load
    from mlp.trainer import Training

    config = Config(
        activation=setting.activation,
        learning_rate=setting.learning_rate,
        l2=setting.l2,
        batch_size=BATCH,
        epochs=epochs,
        early_stopping=EarlyStopping(None),
    )
    training = Training([config], load(Data()))
    return [list(training.epochs()), training.result(0)]


def _scikit_learn(setting: Setting, epochs: int) -> object:
    from scikit_learn import train

    return train([setting], epochs)


def _scikit_learn_fit(setting: Setting, epochs: int) -> object:
    from scikit_learn_fit import train

    return train([setting], epochs)


def _pytorch(setting: Setting, epochs: int) -> object:
    from pytorch_training import train

    return train(setting, epochs)


def seconds(tool: str, setting: Setting, epochs: int) -> float:
    """Return the processor seconds of one training."""
    trainers: dict[str, Callable[[Setting, int], object]] = {
        "sweepstack": _ours,
        "scikit-learn": _scikit_learn,
        "scikit-learn, no curves": _scikit_learn_fit,
        "PyTorch": _pytorch,
    }
    parts()
    began = time.process_time()
    trainers[tool](setting, epochs)
    return time.process_time() - began


def main() -> None:
    """Measure in turn, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--avx2", action="store_true", help="hold all products to AVX2")
    asked = parser.parse_args()
    for name in UNSET:
        os.environ.pop(name, None)
    os.environ |= dict.fromkeys(THREADS, "1") | (AVX2 if asked.avx2 else {})
    tools = [tool for tool, package in TOOLS.items() if find_spec(package)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as pool:
        print(pool.submit(kernel).result())
    pools = {tool: ProcessPoolExecutor(1, context) for tool in tools}
    arithmetic = operations(asked.epochs, 1) / asked.epochs / peak(1)
    print(
        f"seconds an epoch, the test included; the arithmetic at one core's peak {arithmetic:.3f}"
    )
    print("\n| activation | " + " | ".join(tools) + " |\n| --- |" + " ---: |" * len(tools))
    for activation in ACTIVATIONS:
        setting = Setting(activation, 0.05, 0.0001)
        times: dict[str, list[float]] = {tool: [] for tool in tools}
        for repetition in range(1 + asked.repetitions):
            for tool, pool in pools.items():
                taken = pool.submit(seconds, tool, setting, asked.epochs).result()
                if repetition:
                    times[tool].append(taken)
        cells = [f"{statistics.median(times[tool]) / asked.epochs:.3f}" for tool in tools]
        print(f"| {activation} | " + " | ".join(cells) + " |", flush=True)
    for pool in pools.values():
        pool.shutdown()


if __name__ == "__main__":
    main()
