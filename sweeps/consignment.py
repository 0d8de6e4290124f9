"""What one launch has to have delivered: plain data, as the writer is another process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from sweeps.launches import LaunchRecord
from sweeps.store import Store

if TYPE_CHECKING:
    from sweeps.plan import Plan  # which imports Hydra, of which the writer needs nothing


@dataclass(frozen=True)
class Consignment:
    """The runs of a launch, by their identities, for MLflow.

    `begun` are those that the launch runs, in the order of their stacks; `ended` those that had
    ended before it.
    """

    store: Store
    launch: LaunchRecord
    begun: tuple[str, ...]
    ended: tuple[str, ...]

    @classmethod
    def of(cls, plan: Plan, store: Store, launch: LaunchRecord) -> Self:
        """Read it off a plan, in which the first of equal jobs decides."""
        begun = tuple(dict.fromkeys(job.identity for stack in plan.stacks for job in stack))
        runs = {one.job.identity: one.decision.runs for one in reversed(plan.planned)}
        ended = tuple(
            identity for identity, to_run in runs.items() if not to_run and identity not in begun
        )
        return cls(store, launch, begun, ended)
