"""A digest of functions that have no source file: typed at a prompt or in a notebook.

It is over compiled code, so it differs between Python's versions and counts docstrings. From
the function it follows the globals it names that were defined in the same place: functions,
classes and plain constants. What closures and other objects hold isn't seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType

_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...))


def bytecode_digest(thing: object) -> str:
    """Digest a function, class or module; 64 hexadecimal digits. Anything else: its type."""
    digest = hashlib.sha256()
    home = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", None)
    for text in _describe(thing, home, set()):
        digest.update(text.encode("utf-8", "backslashreplace"))
        digest.update(b"\0")
    return digest.hexdigest()


def _describe(thing: object, home: str | None, seen: set[int]) -> Iterator[str]:
    if isinstance(thing, staticmethod | classmethod):
        thing = thing.__func__
    elif isinstance(thing, property):
        thing = thing.fget
    if id(thing) in seen:
        return
    if isinstance(thing, FunctionType):
        seen.add(id(thing))
        yield from _code(thing.__code__)
        yield from (_plain(value) for value in thing.__defaults__ or ())
        yield from (f"{k}={_plain(v)}" for k, v in sorted((thing.__kwdefaults__ or {}).items()))
        for name in _names(thing.__code__):
            if name in thing.__globals__:
                yield from _global(name, thing.__globals__[name], home, seen)
    elif isinstance(thing, type | ModuleType):
        seen.add(id(thing))
        for name, value in sorted(vars(thing).items()):
            if not (name.startswith("__") and isinstance(value, _PLAIN)):
                yield from _global(name, value, home, seen)
        yield from (base.__qualname__ for base in getattr(thing, "__bases__", ()))
    else:
        yield _plain(thing)


def _global(name: str, value: object, home: str | None, seen: set[int]) -> Iterator[str]:
    inner = getattr(value, "__func__", getattr(value, "fget", value))
    if isinstance(inner, FunctionType | type) and inner.__module__ == home:
        yield name
        yield from _describe(value, home, seen)
    elif isinstance(value, _PLAIN):
        yield f"{name}={value!r}"


def _code(code: CodeType) -> Iterator[str]:
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    yield f"{counts} {code.co_names} {code.co_varnames} {code.co_freevars} {code.co_code.hex()}"
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        else:
            yield _plain(constant)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _plain(value: object) -> str:
    """Write a constant; of other objects only the type, as their repr may be an address."""
    if isinstance(value, tuple):
        return "(" + ",".join(_plain(item) for item in value) + ")"
    if isinstance(value, frozenset):
        return "{" + ",".join(sorted(_plain(item) for item in value)) + "}"
    if isinstance(value, _PLAIN):
        return f"{type(value).__name__} {value!r}"
    return f"{type(value).__module__}.{type(value).__qualname__}"
