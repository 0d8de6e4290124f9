"""Records of launches made by hand."""

from dataclasses import replace

from sweeps.launches import LaunchRecord, Wanted
from sweeps.task import Column


def wanted(name: str, identity: str) -> Wanted:
    return Wanted(0, identity, name, {"x": name}, "r", "value", "minimize", reused=False)


def launch(label: str, jobs: tuple[Wanted, ...], **changed: object) -> LaunchRecord:
    record = LaunchRecord(
        label=label,
        time_ms=1,
        sweep="key",
        name="x",
        folder="/old/place",
        store="/old/place/.sweeps",
        command="python a.py x=1",
        retry="sweep.retry=failed",
        user="me",
        uri="sqlite:////old/place/mlflow.db",
        experiment="e",
        code="c0de",
        tags={"git.dirty": "false"},
        columns=(Column("accuracy", percent=True),),
        seed_keys=("seed",),
        jobs=jobs,
    )
    return replace(record, **changed)
