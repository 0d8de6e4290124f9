"""Why a run trains although one much like it is finished: the one thing in which they differ."""

from collections.abc import Iterable, Mapping

from sweeps.identity import canonical
from sweeps.job import Job
from sweeps.records import Definition


class Twins:
    """Finished runs, to be asked for one that differs from a job in a single thing.

    That is a setting that the sweep doesn't sweep, the bytes of an input, or the code.
    """

    def __init__(self, finished: Iterable[Definition]) -> None:
        self._by_settings: dict[str, Definition] = {}
        self._but_for: dict[tuple[str, str], Definition] = {}
        for definition in finished:
            params = dict(definition.params)
            self._by_settings[_digest(definition, params)] = definition
            for key in params:
                self._but_for.setdefault(
                    (key, _digest(definition, _without(params, key))), definition
                )

    def difference(self, job: Job) -> str:
        """Say how a job differs from its nearest finished run; empty if there is none near."""
        own = job.definition
        params = dict(own.params)
        twin = self._by_settings.get(_digest(own, params))
        if twin is not None:
            return "; ".join(_apart(twin, own))
        for key in params:
            if key in job.swept:
                continue
            twin = self._but_for.get((key, _digest(own, _without(params, key))))
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


def _without(params: Mapping[str, str], key: str) -> dict[str, str]:
    return {name: value for name, value in params.items() if name != key}


def _digest(definition: Definition, params: Mapping[str, str]) -> str:
    return canonical({"task": definition.task, "params": dict(params)})
