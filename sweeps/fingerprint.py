"""The fingerprint of a task's code: it changes when what is computed may change.

It covers the file of the task and, followed by reading alone, every module that it imports
from the same project, at whatever depth, with the `__init__` files on the way. Nothing is
imported. A module is of the same project if it has the same top-level package (wherever that
is installed), or lies beside the script or package or in the checkout around it; the
orchestrator itself is not. Names made at run time (importlib, Hydra's `_target_`) can't be seen
in the source: pass those of the config as `targets`.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.machinery
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from sweeps.bytecode import bytecode_digest
from sweeps.syntax import Import, parse

_DIGITS = 16
_SUFFIXES = (*importlib.machinery.EXTENSION_SUFFIXES, ".py")
_CHECKOUT = (".git", ".hg", "pyproject.toml", "setup.py", "setup.cfg")
_OURSELVES = os.path.dirname(os.path.abspath(__file__))


@dataclass(frozen=True, slots=True)
class Source:
    """Where a task's code is; plain data, so that a worker can look at the same place again.

    `name` is the module's dotted name under `roots[0]`, the folder it is imported from; the
    other roots are folders where more of the project may be found. A task without a file has
    no path, and `digest` stands for its code.
    """

    name: str
    path: str = ""
    roots: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """16 hexadecimal digits over the digests of the files, given by dotted module name."""

    digest: str
    files: Mapping[str, str]


def fingerprint(
    entry: Callable[..., Any] | ModuleType | Path | Source, targets: Iterable[str] = ()
) -> Fingerprint:
    """Fingerprint a task's code, and that of the dotted names in `targets` if it is ours."""
    source = entry if isinstance(entry, Source) else locate(entry)
    files = _follow(source, targets) if source.path else {source.name: source.digest}
    text = "\n".join(f"{name} {digest}" for name, digest in sorted(files.items()))
    return Fingerprint(hashlib.sha256(text.encode("utf-8")).hexdigest()[:_DIGITS], files)


def locate(entry: Callable[..., Any] | ModuleType | Path) -> Source:
    """Find the file of a task function, module or script, and the project around it."""
    if isinstance(entry, Path):
        return _of_file(os.path.abspath(entry), None)
    module: object = entry
    if not isinstance(entry, ModuleType):
        while isinstance(entry, functools.partial):
            entry = entry.func
        entry = inspect.unwrap(entry)
        module = sys.modules.get(getattr(entry, "__module__", None) or "")
    path = getattr(module, "__file__", None)
    if isinstance(module, ModuleType) and isinstance(path, str) and os.path.isfile(path):
        spec = module.__spec__
        dotted = spec.name if spec is not None else module.__name__
        return _of_file(os.path.abspath(path), None if dotted == "__main__" else dotted)
    called = getattr(entry, "__qualname__", None) or getattr(entry, "__name__", "task")
    return Source(str(called), digest=bytecode_digest(entry))


def found_here(source: Source) -> Source | None:
    """Find the same module in this process, maybe on another machine; None for a mere script."""
    if not source.path or os.path.isfile(source.path):
        return source
    try:
        spec = importlib.util.find_spec(source.name)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    return _of_file(os.path.abspath(spec.origin), source.name)


def targets_in(config: object) -> set[str]:
    """Collect the `_target_` values of a config, which name code by dotted path."""
    if isinstance(config, Mapping):
        own = config.get("_target_")
        found = {own} if isinstance(own, str) else set()
        return found.union(*(targets_in(item) for item in config.values()))
    if isinstance(config, list | tuple):
        return set().union(*(targets_in(item) for item in config))
    return set()


def _of_file(path: str, name: str | None) -> Source:
    folder, file = os.path.split(path)
    stem = file.partition(".")[0]
    inner = [] if stem == "__init__" else [stem]
    packages = name.split(".") if name else []
    if inner and packages[-1:] == inner:
        packages.pop()
    elif inner or not packages:
        packages = _packages_around(folder)
    root = folder
    for package in reversed(packages):
        if os.path.basename(root) != package:  # loaded under a name that isn't its place
            packages, root = [], folder
            break
        root = os.path.dirname(root)
    dotted = ".".join([*packages, *inner]) or stem
    return Source(dotted, path, tuple(dict.fromkeys([root, *_roots_around(root)])))


def _packages_around(folder: str) -> list[str]:
    packages: list[str] = []
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        packages.insert(0, package)
    return packages


def _roots_around(root: str) -> list[str]:
    """List the folders of the checkout around a root from which Python may import."""
    if is_installed(root):
        return []
    checkout = root
    while not any(os.path.exists(os.path.join(checkout, mark)) for mark in _CHECKOUT):
        checkout, last = os.path.split(checkout)
        if not last:
            return []
    inside = checkout.rstrip(os.sep) + os.sep
    on_path = [os.path.abspath(folder) for folder in sys.path]
    roots = [folder for folder in on_path if folder.startswith(inside)]
    roots += [checkout, os.path.join(checkout, "src")]
    return [folder for folder in roots if not is_installed(folder)]


@functools.cache
def is_installed(folder: str) -> bool:
    """Say whether an installer owns the folder: other people's packages lie there too."""
    if {"site-packages", "dist-packages"} & set(Path(folder).parts):
        return True
    try:
        return any(name.endswith(".dist-info") for name in os.listdir(folder))
    except OSError:
        return False


def _follow(source: Source, targets: Iterable[str]) -> dict[str, str]:
    """Give the digest of each file that can be reached, by dotted name."""
    own_package = source.name.partition(".")[0]
    roots = source.roots if not is_installed(source.roots[0]) else ()
    files: dict[str, str] = {}
    asked: set[str] = set()
    waiting = [(source.name, source.path)]

    def ask(dotted: str) -> None:
        if dotted and dotted not in asked:
            asked.add(dotted)
            top = dotted.partition(".")[0]
            waiting.extend(_find(dotted, source.roots[:1] if top == own_package else roots))

    ask(source.name)
    for target in targets:
        ask(target)
    while waiting:
        name, path = waiting.pop()
        if name in files:
            continue
        syntax = parse(path)
        files[name] = syntax.digest
        is_package = os.path.basename(path) == "__init__.py"
        for each in syntax.imports:
            for dotted in _imported(each, name, is_package=is_package):
                ask(dotted)
    return files


def _imported(each: Import, name: str, *, is_package: bool) -> list[str]:
    """Give the dotted names that an import in module `name` may refer to."""
    base = each.module
    if each.level:
        parts = name.split(".")
        kept = len(parts) - each.level + is_package
        if kept < 0:
            return []
        base = ".".join([*parts[:kept], *([each.module] if each.module else [])])
    return [base, *(f"{base}.{member}" for member in each.names if base)]


def _find(dotted: str, roots: Iterable[str]) -> list[tuple[str, str]]:
    """Give the files of a module and of the packages around it, the first root that has them.

    What a dotted name has beyond its module (a class, a function) is passed over.
    """
    parts = dotted.split(".")
    for root in roots:
        found: list[tuple[str, str]] = []
        folder = root
        for depth, part in enumerate(parts, 1):
            path, is_package = _file_of(folder, part)
            if path.startswith(_OURSELVES + os.sep):
                return []
            if path:
                found.append((".".join(parts[:depth]), path))
            if not is_package:
                break
            folder = os.path.join(folder, part)
        if found:
            return found
    return []


def _file_of(folder: str, part: str) -> tuple[str, bool]:
    """Look a module up as Python does: a package, a module, or a folder without a file."""
    base = os.path.join(folder, part)
    is_folder = os.path.isdir(base)
    if is_folder and os.path.isfile(path := os.path.join(base, "__init__.py")):
        return path, True
    for suffix in _SUFFIXES:
        if os.path.isfile(path := base + suffix):
            return path, False
    return "", is_folder
