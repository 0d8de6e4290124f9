"""Why a run trains although one much like it is finished: the one thing in which they differ."""

from collections.abc import Iterable
from hashlib import blake2b

from sweeps.job import Job
from sweeps.records import Definition

# No name of a setting, which has dots at most.
_TASK = "the task"


class Twins:
    """Finished runs, to be asked for one that differs from a job in a single thing.

    That is a setting that the sweep doesn't sweep, the bytes of an input, or the code.
    """

    def __init__(self, finished: Iterable[Definition]) -> None:
        self._by_settings: dict[int, Definition] = {}
        self._but_for: dict[tuple[str, int], Definition] = {}
        for definition in finished:
            parts = _parts(definition)
            whole = sum(parts.values())
            self._by_settings[whole] = definition
            for key, part in parts.items():
                self._but_for.setdefault((key, whole - part), definition)

    def difference(self, job: Job) -> str:
        """Say how a job differs from its nearest finished run; empty if there is none near."""
        if not self._by_settings:
            return ""
        own = job.definition
        parts = _parts(own)
        whole = sum(parts.values())
        twin = self._by_settings.get(whole)
        if twin is not None:
            return "; ".join(_apart(twin, own))
        for key, part in parts.items():
            if key in job.swept or key == _TASK:
                continue
            twin = self._but_for.get((key, whole - part))
            if twin is not None and not list(_apart(twin, own)):
                return f"{key} was {twin.params.get(key)}"
        return ""


def _apart(twin: Definition, own: Definition) -> Iterable[str]:
    """Say in what two runs of equal settings differ."""
    if twin.code != own.code:
        yield f"the code was {twin.code}, is {own.code}"
    for name in sorted({*twin.inputs, *own.inputs}):
        was, now = twin.inputs.get(name, "absent"), own.inputs.get(name, "absent")
        if was != now:
            yield f"the input {name} was {was[:12]}, is {now[:12]}"


def _parts(definition: Definition) -> dict[str, int]:
    """Digest each setting by itself: their sum is the whole, of which one is easily left out."""
    return {
        key: int.from_bytes(blake2b(f"{key}={value}".encode(), digest_size=16).digest())
        for key, value in (*definition.params.items(), (_TASK, definition.task))
    }
