"""The plan on the terminal: what will be run and why, what is reused, and how long it may take."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sweeps.job import Job
from sweeps.plan import Decision, Plan, Planned
from sweeps.progress import duration
from sweeps.replay import RunRecord
from sweeps.state import RunState
from sweeps.store import Store
from sweeps.twins import Twins

_SHOWN = 50
_SAID = {
    Decision.TRAIN: "to train",
    Decision.RESUME: "to resume",
    Decision.REUSE: "reused",
    Decision.LEAVE: "left as failed",
}


def show_plan(plan: Plan, store: Store, console: Console) -> None:
    """Print what a launch would do now; each run that trains says how it differs from a twin."""
    finished = [
        record
        for folder in store.runs()
        if (record := folder.headline()).outcome is not None
        and record.outcome.state is RunState.FINISHED
    ]
    twins = Twins(record.definition for record in finished if record.definition is not None)
    planned = [_explained(one, twins) for one in plan.planned]
    console.print(Text(_summary(plan)), soft_wrap=True)
    console.print(_table(planned[:_SHOWN], plan))
    if len(planned) > _SHOWN:
        console.print(Text(f"The first {_SHOWN} of {len(planned)} jobs; by reason:"))
        for (decision, reason), count in Counter((p.decision, p.reason) for p in planned).items():
            console.print(Text(f"  {count:6} {decision}: {reason}"), soft_wrap=True)
    seconds = estimate(plan, finished)
    if seconds is not None:
        console.print(Text(f"About {duration(seconds)}, as this machine has run the like before."))


def estimate(plan: Plan, finished: Sequence[RunRecord]) -> float | None:
    """Give the seconds that a plan may take, by what finished runs of its task took for their cost.

    None if there are none. A run of a stack counts with its share of the stack's time.
    """
    cost = plan.task.stack.cost if plan.task.stack else lambda _: 1.0
    task = {job.definition.task for job in plan.jobs}
    rates = [
        record.summary["seconds"].value / cost(record.definition.config)
        for record in finished
        if record.definition is not None
        and record.definition.task in task
        and "seconds" in record.summary
    ]
    if not rates or not plan.stacks:
        return None
    loads = [sum(job.cost for job in jobs) for jobs in plan.stacks]
    return median(rates) * max(sum(loads) / plan.workers, *loads)


def _explained(one: Planned, twins: Twins) -> Planned:
    if one.decision is not Decision.TRAIN:
        return one
    difference = twins.difference(one.job)
    return replace(one, reason=f"{one.reason}: {difference}") if difference else one


def _summary(plan: Plan) -> str:
    counts = ", ".join(f"{n} {_SAID[d]}" for d in Decision if (n := plan.count(d)))
    stacks = f"; {len(plan.stacks)} stacks on {plan.workers} workers" if plan.stacks else ""
    return f"{plan.name}: {counts or 'nothing to do'}{stacks}"


def _table(planned: Sequence[Planned], plan: Plan) -> Table:
    stack_of = {job.identity: str(n) for n, jobs in enumerate(plan.stacks, 1) for job in jobs}
    drawn = Table(header_style="bold", box=None)
    for heading in ("job", "run", "plan", "stack", "reason"):
        drawn.add_column(heading)
    for one in planned:
        cells = (
            str(one.job.number),
            one.job.definition.name,
            str(one.decision),
            _stack(one.job, one.decision, stack_of),
            one.reason,
        )
        drawn.add_row(*(Text(cell) for cell in cells), style=None if one.decision.runs else "dim")
    return drawn


def _stack(job: Job, decision: Decision, stack_of: dict[str, str]) -> str:
    return stack_of.get(job.identity, "") if decision.runs else ""
