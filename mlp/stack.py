"""Which runs can be trained together as one stack of networks."""

from dataclasses import asdict

from mlp.config import Config


def stack_key(config: Config) -> str:
    """Return a text that is equal for runs which can share a stack.

    They have one architecture, precision and normalization, and read the same batches. All else
    may differ. They must also be at the same epoch, which their configs don't say.
    """
    shared = {
        "data": asdict(config.data),
        "seeds.split": config.seeds.split,
        "seeds.shuffle": config.seeds.shuffle,
        "batch_size": config.batch_size,
        "hidden_units": list(config.hidden_units),
        "normalization": config.normalization,
        "precision": config.precision,
    }
    return repr(sorted(shared.items()))
