"""What of a job is there already: the decision on each job, from the journals alone.

A run's first training goes by its identity, a later one beside it by `IDENTITY.2` and so on: a user
may want it again, or want it in a sweep that looks at no other's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sweeps.job import Job
from sweeps.plan import Decision, Planned
from sweeps.replay import RunRecord
from sweeps.state import RunState
from sweeps.store import RunFolder, Store


@dataclass(frozen=True)
class Policy:
    """What may be reused.

    `reuse`: finished runs of this `experiment`, of `all` of them, or of `none` but this sweep.
    `rerun`: train again beside what is finished. `retry`: train again what has failed.
    `values`: the sweeper reads values, so that a finished run counts only if its own was kept.
    `forgotten`: identities, by the folder of their store, of runs that the user deleted.
    """

    reuse: str
    rerun: bool
    retry: bool
    values: bool = False
    forgotten: Mapping[Path, Collection[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Before:
    """An earlier training of a job."""

    folder: RunFolder
    record: RunRecord
    state: RunState


def decide(
    jobs: Sequence[Job], store: Store, others: Sequence[Store], policy: Policy
) -> list[Planned]:
    """Look every job up in `store`, and in the `others` if the policy says so."""
    planned = []
    first: dict[str, Planned] = {}
    for job in jobs:
        twin = first.get(job.identity)
        if twin is not None:
            same = replace(job, definition=twin.job.definition)
            reason = f"the same run as job {twin.job.number}"
            planned.append(Planned(same, Decision.REUSE, reason))
            continue
        one = _decide(job, store, others, policy)
        first[job.identity] = one
        planned.append(one)
    return planned


def _decide(job: Job, store: Store, others: Sequence[Store], policy: Policy) -> Planned:
    trainings, free = _before(job, store, policy)
    known = _known(trainings, job, policy)
    if known is not None:
        return known
    if policy.reuse == "all" and not policy.rerun:
        for one in (one for other in others for one in _before(job, other, policy)[0]):
            if one.state is RunState.FINISHED:
                reason = f"finished {_when(one.record)} in {one.folder.folder.parents[1].name}"
                return Planned(_named(job, one), Decision.REUSE, reason, source=one.folder)
    if free == job.identity:
        return Planned(job, Decision.TRAIN, "new")
    beside = replace(job, definition=replace(job.definition, identity=free))
    reason = "again, beside what is there" if trainings else "again, as it was deleted"
    return Planned(beside, Decision.TRAIN, reason)


def _known(trainings: Sequence[_Before], job: Job, policy: Policy) -> Planned | None:
    """Decide by the trainings that the policy lets count; None if there are none."""
    before = [one for one in trainings if _counts(one, job, policy)]
    states = {one.state: one for one in reversed(before)}
    if done := states.get(RunState.FINISHED):
        return Planned(_named(job, done), Decision.REUSE, f"finished {_when(done.record)}")
    failed = states.get(RunState.FAILED)
    if failed and not policy.retry:
        reason = failed.record.outcome.reason if failed.record.outcome else ""
        return Planned(_named(job, failed), Decision.LEAVE, f"failed before: {reason}")
    for one in before:
        step = one.folder.resumes_from(one.record)
        if step is not None:
            return Planned(_named(job, one), Decision.RESUME, f"from step {step}", step)
    if before:
        return Planned(_named(job, before[0]), Decision.TRAIN, f"{before[0].state} before")
    return None


def _counts(before: _Before, job: Job, policy: Policy) -> bool:
    outcome = before.record.outcome
    if before.state is RunState.FINISHED and (
        policy.rerun or (policy.values and outcome is not None and not outcome.kept)
    ):
        return False
    definition = before.record.definition
    return policy.reuse != "none" or (
        definition is not None and definition.sweep == job.definition.sweep
    )


def _before(job: Job, store: Store, policy: Policy) -> tuple[list[_Before], str]:
    """Give each training of the job that has begun, the first one first, and a name for a new one.

    What is forgotten doesn't count, but its name isn't given to another.
    """
    forgotten = policy.forgotten.get(store.root, ())
    trainings: list[_Before] = []
    number, name = 1, job.identity
    while True:
        if name not in forgotten:
            folder = store.run(name)
            record = folder.headline()
            if record.started is None:
                return trainings, name
            trainings.append(_Before(folder, record, folder.state(record)))
        number += 1
        name = f"{job.identity}.{number}"


def _named(job: Job, before: _Before) -> Job:
    """Let the job go by the name of its earlier training."""
    definition = replace(job.definition, identity=before.folder.identity)
    return replace(job, definition=definition)


def _when(record: RunRecord) -> str:
    if record.ended_ms is None:
        return "before"
    return datetime.fromtimestamp(record.ended_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M")
