"""What a worker is given to do, and what it gives back: plain data that can be sent."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sweeps.anew import Anew
from sweeps.devices import NO_DEVICES, Devices
from sweeps.fingerprint import Source
from sweeps.keeper import Stop
from sweeps.ledger import Spent
from sweeps.plain import PlainTask
from sweeps.records import Definition
from sweeps.remote import Address
from sweeps.state import Outcome

if TYPE_CHECKING:
    from hydra.core.utils import JobReturn


@dataclass(frozen=True)
class Member:
    """One job of an assignment: what it is, the fingerprint of its code, and where its log goes.

    `log` is known once the assignment is about to begin.
    """

    number: int
    definition: Definition
    code: str
    log: Path = Path()


@dataclass(frozen=True)
class Assignment:
    """What one call of a worker does: one plain job, or a stack of them.

    `stack`: "module:function" of the function that runs a stack.
    `anew`: what tells a stack to end before its runs do; None if nothing does.
    `launcher`: where the launcher listens, if the worker is on another machine; it then has no use
       for the paths here.
    """

    members: tuple[Member, ...]
    source: Source
    stack: str | None
    store: Path
    launch: str
    stop: Stop
    checkpoint_seconds: float
    plain: PlainTask | None = None
    profile: bool = False
    anew: Anew | None = None
    devices: Devices = NO_DEVICES
    launcher: Address | None = None


@dataclass(frozen=True)
class Ran:
    """How one job ended. `returned` is Hydra's own account, of a plain task.

    `begun`: whether it has begun, so that its journal tells of it; it has not if another process
    is at it (`held`), the code was edited, or the sweep was stopping.
    `anew`: whether its stack has ended before it, and it goes on from its checkpoint in another.
    `spent`: where the time of its whole assignment went, told by the first job of one if asked for.
    """

    number: int
    outcome: Outcome
    returned: "JobReturn | None" = None
    begun: bool = True
    held: bool = False
    anew: bool = False
    spent: Spent | None = None
