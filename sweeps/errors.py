"""What stops a sweep. Hydra prints the message of these without a traceback and exits with 1."""

from collections.abc import Sequence

from hydra.errors import CompactHydraException


class PlanError(CompactHydraException):
    """The sweep can't start; the message says everything that is wrong, a sentence each."""


class SweepFailed(CompactHydraException):
    """The sweep has ended and not every run of it is finished and delivered."""


def plan_error(found: Sequence[str]) -> PlanError:
    """Make one error of everything found, with a count when it is more than one thing."""
    if len(found) == 1:
        return PlanError(f"{found[0]}\nNothing was run.")
    lines = "\n".join(f"  {number}. {fault}" for number, fault in enumerate(found, 1))
    return PlanError(f"{len(found)} things are wrong; nothing was run:\n{lines}")


class RunFailed(Exception):
    """What a run that did not finish gives Hydra in place of a value: its reason."""
