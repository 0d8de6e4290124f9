"""What is decided on a job, from real journals and every policy."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sweeps import checkpoint
from sweeps.attempt import now_ms
from sweeps.job import Job, masked
from sweeps.plan import Decision, Planned
from sweeps.records import Checkpoint, Ended, Started
from sweeps.reuse import Policy, decide
from sweeps.state import Outcome, RunState
from sweeps.store import Store
from sweeps.twins import Twins

PLAIN = Policy(reuse="experiment", rerun=False, retry=False)


@pytest.fixture
def job(make_sweep: Callable[..., object], tmp_path: Path) -> Job:
    swept = make_sweep([{"activation": "relu", "seed": "0"}])
    one: Job = swept.plan.jobs[0]  # type: ignore[attr-defined]
    return one


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / ".sweeps" / "here")


def trained(
    store: Store, job: Job, state: RunState | None, *, step: int | None = None, sweep: str = ""
) -> None:
    definition = replace(job.definition, sweep=sweep or job.definition.sweep)
    folder = store.run(job.identity)
    with folder.writer() as journal:
        journal.append(definition, Started(now_ms(), os.getpid(), "here"))
        if step is not None:
            for reached in (step - 1, step):
                saved = checkpoint.save(folder.checkpoints, reached, {"step": reached})
                journal.append(Checkpoint(now_ms(), reached, *saved))
        if state is not None:
            journal.append(Ended(now_ms(), Outcome(state, reason="as it was")))


def decided(job: Job, store: Store, policy: Policy = PLAIN, *others: Store) -> Planned:
    (planned,) = decide([job], store, others, policy)
    return planned


def test_what_never_began_is_trained(job: Job, store: Store) -> None:
    assert decided(job, store).decision is Decision.TRAIN


def test_what_is_finished_is_reused(job: Job, store: Store) -> None:
    trained(store, job, RunState.FINISHED)
    assert decided(job, store).decision is Decision.REUSE


@pytest.mark.parametrize("state", [None, RunState.INTERRUPTED])
def test_what_was_cut_short_goes_on_from_its_checkpoint(
    job: Job, store: Store, state: RunState | None
) -> None:
    trained(store, job, state, step=7)
    planned = decided(job, store)
    assert (planned.decision, planned.step) == (Decision.RESUME, 7)


def test_what_was_cut_short_goes_on_from_the_newest_checkpoint_that_is_whole(
    job: Job, store: Store
) -> None:
    trained(store, job, None, step=7)
    newest, older = store.run(job.identity).headline().checkpoints
    (store.run(job.identity).checkpoints / newest.file).write_bytes(b"damaged")
    assert decided(job, store).step == older.step == 6
    (store.run(job.identity).checkpoints / older.file).unlink()
    planned = decided(job, store)
    assert (planned.decision, planned.step) == (Decision.TRAIN, None)


def test_what_was_cut_short_before_any_checkpoint_begins_anew(job: Job, store: Store) -> None:
    trained(store, job, None)
    planned = decided(job, store)
    assert (planned.decision, planned.job.identity) == (Decision.TRAIN, job.identity)


def test_a_failure_is_left_until_it_is_to_be_retried(job: Job, store: Store) -> None:
    trained(store, job, RunState.FAILED, step=3)
    left = decided(job, store)
    assert left.decision is Decision.LEAVE
    assert "as it was" in left.reason
    again = decided(job, store, replace(PLAIN, retry=True))
    assert (again.decision, again.step) == (Decision.RESUME, 3)


def test_a_rerun_goes_beside_and_is_itself_resumed(job: Job, store: Store) -> None:
    rerun = replace(PLAIN, rerun=True)
    trained(store, job, RunState.FINISHED)
    beside = decided(job, store, rerun)
    assert beside.decision is Decision.TRAIN
    assert beside.job.identity == f"{job.identity}.2"
    trained(store, beside.job, None, step=5)
    resumed = decided(job, store, rerun)
    assert (resumed.job.identity, resumed.step) == (f"{job.identity}.2", 5)


def test_reuse_none_looks_at_this_sweep_only(job: Job, store: Store) -> None:
    closed = replace(PLAIN, reuse="none")
    trained(store, job, RunState.FINISHED, sweep="another")
    assert decided(job, store).decision is Decision.REUSE
    own = decided(job, store, closed)
    assert (own.decision, own.job.identity) == (Decision.TRAIN, f"{job.identity}.2")
    trained(store, own.job, RunState.FINISHED)
    assert decided(job, store, closed).decision is Decision.REUSE


def test_reuse_all_looks_at_other_experiments(job: Job, store: Store) -> None:
    other = Store(store.root.with_name("there"))
    trained(other, job, RunState.FINISHED)
    assert decided(job, store, PLAIN, other).decision is Decision.TRAIN
    found = decided(job, store, replace(PLAIN, reuse="all"), other)
    assert found.decision is Decision.REUSE
    assert found.source is not None
    assert found.source.journal == other.run(job.identity).journal
    assert "there" in found.reason


def test_jobs_of_one_identity_are_one_run(job: Job, store: Store) -> None:
    first, second = decide([job, job], store, [], PLAIN)
    assert first.decision is Decision.TRAIN
    assert second.decision is Decision.REUSE
    assert second.job.identity == first.job.identity


def test_a_twin_differs_in_one_thing_that_is_not_swept(job: Job) -> None:
    def like(**params: str) -> Job:
        definition = replace(job.definition, params={**job.definition.params, **params})
        return replace(job, definition=definition)

    twins = Twins([like(epochs="10").definition])
    assert twins.difference(like(epochs="20")) == "epochs was 10"
    assert twins.difference(like(epochs="20", batch="3")) == ""
    assert twins.difference(like(epochs="10", activation="tanh")) == "", "a neighbour in the grid"
    edited = replace(job, definition=replace(like(epochs="10").definition, code="new"))
    assert "the code was" in twins.difference(edited)


def test_params_named_like_secrets_are_masked() -> None:
    shown = masked({"db.password": "x", "api_token": "y", "tokens": "z", "rate": "1", "key": "2"})
    assert set(shown.values()) == {"***", "1", "2"}
