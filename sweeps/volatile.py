"""Which keys of a config change from launch to launch: those made from ${hydra:…} or ${now:…}."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

_RESOLVER = re.compile(r"\s*([A-Za-z_][\w.\-]*)\s*:(.*)", re.DOTALL)
_VOLATILE_RESOLVERS = frozenset({"hydra", "now"})


def volatile_keys(
    raw: Mapping[str, object], resolvers: Collection[str] = _VOLATILE_RESOLVERS
) -> set[str]:
    """Name the dotted keys whose values come from these resolvers: Hydra's run and the clock.

    `raw` is the task's config as a plain container with its interpolations unresolved. A key
    is volatile if its string names such a resolver, however deep, or refers (`${other.key}`,
    `${.sibling}`, `${oc.select:key}`) to a key that is, that holds one that is, or that lies
    under one that is. A reference whose own name is interpolated can't be followed; only what
    is inside it is.
    """
    texts = dict(_strings(raw, ()))
    references: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    volatile: set[tuple[str, ...]] = set()
    for key, text in texts.items():
        references[key] = set()
        for body in _interpolations(text):
            resolver = _RESOLVER.fullmatch(body)
            if resolver is None:
                references[key].add(_target(body, key))
            elif resolver[1] in resolvers:
                volatile.add(key)
            else:
                # The arguments of other resolvers are often keys (oc.select, oc.dict.values);
                # a word that is no key refers to nothing.
                arguments = resolver[2].split(",")
                references[key].update(_target(word.strip(), key) for word in arguments)
    settled = False
    while not settled:
        reached = {
            key
            for key, targets in references.items()
            if key not in volatile and any(_touch(t, v) for t in targets for v in volatile)
        }
        volatile |= reached
        settled = not reached
    return {".".join(key) for key in volatile}


def _strings(value: object, key: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _strings(item, (*key, str(name)))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _strings(item, (*key, str(index)))
    elif isinstance(value, str) and "${" in value:
        yield key, value


def _interpolations(text: str) -> Iterator[str]:
    r"""Give the inside of every ${…}, the nested ones too; \${…} is text, not one of them."""
    opened: list[int] = []
    at = 0
    while at < len(text):
        if text.startswith("${", at):
            escapes = len(text[:at]) - len(text[:at].rstrip("\\"))
            if opened or escapes % 2 == 0:
                opened.append(at + 2)
            at += 1
        elif text[at] == "}" and opened:
            yield text[opened.pop() : at]
        at += 1


def _target(body: str, key: tuple[str, ...]) -> tuple[str, ...]:
    """Resolve a reference made at `key` to an absolute one; leading dots are relative."""
    body = body.strip()
    relative = len(body) - len(body.lstrip("."))
    path = body[relative:].replace("[", ".").replace("]", "")
    names = tuple(name for name in path.split(".") if name)
    return key[: max(len(key) - relative, 0)] + names if relative else names


def _touch(target: tuple[str, ...], volatile: tuple[str, ...]) -> bool:
    if not target:
        return False
    shorter = min(len(target), len(volatile))
    return target[:shorter] == volatile[:shorter]
