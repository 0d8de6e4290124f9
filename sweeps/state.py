"""How a run stands, and how an attempt at it ended.

An outcome is data: whoever ran the attempt writes it down whole, and nobody infers one from an
exit code, a missing file or a silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TypeAlias

JSONValue: TypeAlias = "bool | int | float | str | list[JSONValue] | dict[str, JSONValue] | None"


class RunState(StrEnum):
    """The one list of states; the words are used in tables, tags and messages alike."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """Stopped from outside (a signal, a dead worker): MLflow's KILLED. It can go on."""

    @property
    def is_terminal(self) -> bool:
        """Whether the last attempt is over; if another follows is the plan's decision."""
        return self in _TERMINAL


_TERMINAL = frozenset({RunState.FINISHED, RunState.FAILED, RunState.INTERRUPTED})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt at a run ended.

    `value` is what the task returned to the sweeper, and `kept` whether it is that: an object of
    the task's own can't be; `reason` one sentence for people; `log` the path of the file with the
    whole story; `step` the last step reached, if it is known.
    """

    state: RunState
    value: JSONValue = None
    reason: str = ""
    traceback: str = ""
    log: str = ""
    step: int | None = None
    kept: bool = True

    def __post_init__(self) -> None:
        if not self.state.is_terminal:
            msg = f"an outcome can't be {self.state}: only finished, failed or interrupted"
            raise ValueError(msg)

    @property
    def number(self) -> float | None:
        """The value if runs can be ranked by it."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            return None
        return float(self.value)

    def to_json(self) -> dict[str, JSONValue]:
        """Give the fields as plain JSON values."""
        return {**asdict(self), "state": str(self.state)}

    @classmethod
    def from_json(cls, fields: Mapping[str, JSONValue]) -> Outcome:
        """Read what `to_json` gave; fields of later versions are passed over.

        Raises KeyError, TypeError or ValueError if it is nothing of the kind.
        """
        step = fields.get("step")
        if not (step is None or isinstance(step, int)):
            msg = f"an outcome's step must be an integer or null, not {step!r}"
            raise TypeError(msg)
        return cls(
            state=RunState(str(fields["state"])),
            value=fields.get("value"),
            reason=str(fields.get("reason", "")),
            traceback=str(fields.get("traceback", "")),
            log=str(fields.get("log", "")),
            step=step,
            kept=fields.get("kept") is not False,
        )
