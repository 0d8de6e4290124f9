"""The tags and inputs of runs in MLflow: what they are found by, and what a run was made of."""

import re
from collections.abc import Mapping

from sweeps.records import Definition, Started
from sweeps.replay import RunRecord

IDENTITY_TAG = "sweeps.identity"
KIND_TAG = "sweeps.kind"
RUN_KIND, SWEEP_KIND = "run", "sweep"
SWEEP_TAG = "sweeps.sweep"
PARENT_TAG = "mlflow.parentRunId"
_SHA256 = re.compile(r"[0-9a-f]{64}")


def attempt_tags(definition: Definition, started: Started, attempts: int) -> dict[str, str]:
    """Give the tags that say what a run's last attempt was made of.

    Not which sweep it belongs to: a run stays the child of the one that first trained it.
    """
    return {
        **{key: value for key, value in definition.tags.items() if key != SWEEP_TAG},
        "mlflow.source.name": definition.task,
        "mlflow.source.type": "LOCAL",
        "sweeps.task": definition.task,
        "sweeps.code": definition.code,
        "sweeps.attempts": str(attempts),
        **{f"input.{name}": digest for name, digest in definition.inputs.items()},
        **{f"version.{name}": version for name, version in started.versions.items()},
    }


def tags_of(record: RunRecord) -> dict[str, str]:
    """Give the tags of a run as it stands: of its last attempt, and of its end if it has one."""
    if record.definition is None or record.started is None:
        return {}
    # A run that went on in another stack was not tried once more.
    attempts = record.attempts - record.repackings
    tags = attempt_tags(record.definition, record.started, attempts)
    if record.outcome is not None:
        tags["sweeps.state"] = record.outcome.state
        if record.outcome.reason or record.attempts > 1:  # an empty one replaces that of a failure
            tags["sweeps.reason"] = record.outcome.reason
    return tags


def sha256s(inputs: Mapping[str, str]) -> dict[str, str]:
    """Give the inputs that are known by the SHA-256 of their bytes."""
    return {name: digest for name, digest in inputs.items() if _SHA256.fullmatch(digest)}
