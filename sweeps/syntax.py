"""What a source file computes and what it imports, from its syntax alone.

The digest is over the syntax tree, so that comments and formatting don't count, less the
statements that do nothing: `pass` and constants that stand alone, which docstrings are. It is
written out here rather than by `ast.dump`, whose form changes with Python's version. What still
may: syntax that a version parses into other nodes (3.8 did so for constants).
"""

from __future__ import annotations

import ast
import hashlib
import os
import time
import warnings
from dataclasses import dataclass

# Contexts follow from where a name stands; the others hold comments and the u of u"".
_FORMATTING = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
# A file so young could change again with no change of its time, on a coarse clock.
_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Import:
    """`from {level dots}{module} import {names}`, or `import {module}` with no names."""

    level: int
    module: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Syntax:
    """A file's digest, 64 hexadecimal digits, and its imports wherever they stand in it."""

    digest: str
    imports: tuple[Import, ...]


_known: dict[str, tuple[tuple[int, int], Syntax]] = {}


def parse(path: str) -> Syntax:
    """Parse a file, or remember it if neither its time nor its size has changed.

    A file that isn't Python, such as a compiled extension, counts with its bytes, and one that
    can't be read as "unreadable": whoever imports it will say what is wrong better than we can.
    """
    try:
        status = os.stat(path)
        stamp = (status.st_mtime_ns, status.st_size)
        known = _known.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        with open(path, "rb") as file:
            source = file.read()
    except OSError:
        return Syntax("unreadable", ())
    syntax = _parse(source) if path.endswith(".py") else _opaque(source)
    if time.time_ns() - status.st_mtime_ns > _SETTLED_NS:
        _known[path] = (stamp, syntax)
    return syntax


def _parse(source: bytes) -> Syntax:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python warns of the same things on importing it
            tree = ast.parse(source)
        written: list[str] = []
        imports: list[Import] = []
        _write(tree, written, imports)
    except (SyntaxError, ValueError, RecursionError):
        return _opaque(source)
    text = "".join(written)
    return Syntax(hashlib.sha256(text.encode("ascii")).hexdigest(), tuple(imports))


def _opaque(source: bytes) -> Syntax:
    return Syntax(hashlib.sha256(source).hexdigest(), ())


# Each kind of node with its fields that count, and how each is introduced.
_FIELDS: dict[type, tuple[tuple[str, str], ...]] = {
    kind: tuple((name, f" {name}=") for name in kind._fields if name not in _FORMATTING)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}


def _write(node: ast.AST, written: list[str], imports: list[Import]) -> None:
    """Write a node as (Kind field=value …), leaving out what is None or empty."""
    kind = node.__class__
    if isinstance(node, ast.Import):
        imports.extend(Import(0, alias.name, ()) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        names = tuple(alias.name for alias in node.names)
        imports.append(Import(node.level, node.module or "", names))
    written.append("(" + kind.__name__)
    for name, label in _FIELDS[kind]:
        value = getattr(node, name, None)
        if value.__class__ is list:
            items = [item for item in value if not _does_nothing(item)]
            if items:
                written.append(label + "[")
                for item in items:
                    if isinstance(item, ast.AST):
                        _write(item, written, imports)
                    else:
                        written.append(" " + ascii(item))
                written.append("]")
        elif isinstance(value, ast.AST):
            written.append(label)
            _write(value, written, imports)
        elif value is not None:
            written.append(label + ascii(value))
    written.append(")")


def _does_nothing(item: object) -> bool:
    if isinstance(item, ast.Expr):
        return isinstance(item.value, ast.Constant)
    return isinstance(item, ast.Pass)
