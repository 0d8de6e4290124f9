import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from sweeps import deleted as module
from sweeps.deleted import deleted, forgotten, note_removed, removed
from sweeps.found import deleted_runs
from sweeps.plan import Decision
from sweeps.records import Ended, Started
from sweeps.reuse import Policy, decide
from sweeps.state import Outcome, RunState
from sweeps.store import Store
from sweeps.tags import IDENTITY_TAG, KIND_TAG, RUN_KIND
from sweeps.tracking import Tracking
from tests.sweeps.conftest import Sweep

ENDED = Ended(2, Outcome(RunState.FINISHED, value=1.0))


@pytest.fixture
def uri(mlflow_store: str, tmp_path: Path) -> str:
    """A database of the test's own, with its tables."""
    shutil.copy(mlflow_store.removeprefix("sqlite:///"), tmp_path / "mlflow.db")
    return f"sqlite:///{(tmp_path / 'mlflow.db').as_posix()}"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stores that were asked, in order."""
    found: list[str] = []

    def ask(uri: str, experiment: str, tags: dict[str, str]) -> object:
        found.append(uri)
        return deleted_runs(uri, experiment, tags)

    monkeypatch.setattr(module, "deleted_runs", ask)
    return found


def tracked(uri: str, identity: str) -> tuple[Callable[[], None], Callable[[], None], str]:
    from mlflow import MlflowClient

    tracking = Tracking(uri, "e")
    run_id = tracking.create("a run", 1, {IDENTITY_TAG: identity, KIND_TAG: RUN_KIND})
    client = MlflowClient(uri)
    return lambda: client.delete_run(run_id), lambda: client.restore_run(run_id), run_id


def test_a_deletion_is_seen_and_so_is_its_undoing(uri: str, tmp_path: Path) -> None:
    store = Store(tmp_path / "e")
    store.run("A").create()
    delete, restore, run_id = tracked(uri, "A")
    tracked(uri, "B")
    assert deleted(uri, "e", store) == set()
    delete()
    assert deleted(uri, "e", store) == {"A"}
    assert deleted(uri, "another experiment", store) == set()
    restore()
    assert deleted(uri, "e", store) == set()
    Tracking(uri, "e").log(run_id, tags={"mlflow.runName": "renamed", "note": "mine"})
    assert deleted(uri, "e", store) == set()


def test_a_database_is_asked_again_only_after_it_changed(
    uri: str, tmp_path: Path, asked: list[str]
) -> None:
    store = Store(tmp_path / "e")
    store.run("A").create()
    delete, _, _ = tracked(uri, "A")
    delete()
    for _ in range(3):
        assert deleted(uri, "e", store) == {"A"}
    assert len(asked) == 1
    tracked(uri, "B")
    assert deleted(uri, "e", store) == {"A"}
    assert len(asked) == 2


def test_nothing_is_asked_or_made_where_there_is_nothing(tmp_path: Path, asked: list[str]) -> None:
    uri = f"sqlite:///{(tmp_path / 'mlflow.db').as_posix()}"
    store = Store(tmp_path / "e")
    assert deleted(uri, "e", store) == set()
    store.run("A").create()
    assert deleted(uri, "e", store) == set()
    assert deleted_runs(uri, "e", {}) == []
    assert not asked
    assert not (tmp_path / "mlflow.db").exists()


def test_a_server_that_is_away_leaves_what_it_said_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = SimpleNamespace(tags={IDENTITY_TAG: "A"})
    store = Store(tmp_path / "e")
    store.run("A").create()
    uri = "http://127.0.0.1:9"
    assert deleted(uri, "e", store) == set()
    monkeypatch.setattr(module, "deleted_runs", lambda *_: [run])
    assert deleted(uri, "e", store) == {"A"}
    monkeypatch.setattr(module, "deleted_runs", deleted_runs)
    assert deleted(uri, "e", store) == {"A"}


def test_a_removed_run_is_forgotten_once_its_journal_is_gone(tmp_path: Path) -> None:
    store = Store(tmp_path / "e")
    for identity in ("A", "B"):
        with store.run(identity).writer() as writer:
            writer.append(Started(1, 2, "h"), ENDED)
    note_removed(store, ["A"])
    note_removed(store, ["B"])
    assert removed(store) == set()
    shutil.rmtree(store.run("A").folder)
    assert removed(store) == {"A"}
    assert forgotten(f"sqlite:///{(tmp_path / 'none.db').as_posix()}", "e", store) == {"A"}


def test_what_is_forgotten_is_trained_anew_beside_it(three: Sweep) -> None:
    for name in ("tanh", "relu"):
        three.write(name, *three.begin(name), ENDED)
    gone = three.job("tanh").identity

    def decisions(*identities: str) -> dict[str, tuple[Decision, str]]:
        policy = Policy(
            "experiment", rerun=False, retry=False, forgotten={three.store.root: set(identities)}
        )
        planned = decide(three.plan.jobs, three.store, (), policy)
        names = [job.definition.name for job in three.plan.jobs]
        return {n: (p.decision, p.job.identity) for n, p in zip(names, planned, strict=True)}

    assert decisions()["tanh"] == (Decision.REUSE, gone)
    forgetting = decisions(gone)
    assert forgetting["tanh"] == (Decision.TRAIN, f"{gone}.2")
    assert forgetting["relu"][0] is Decision.REUSE
    assert decisions(gone, f"{gone}.2")["tanh"] == (Decision.TRAIN, f"{gone}.3")
    shutil.rmtree(three.store.run(gone).folder)
    assert decisions(gone)["tanh"] == (Decision.TRAIN, f"{gone}.2")
