"""The names of a report's files, kept beside them: the next report replaces these and no others."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

NAME = "report.manifest"
PAGES = ("report.md", "report.html")
FOLDERS = ("figures", "tables", "latex")
_FIRST = "# The files of this report. The next one replaces or removes these, and no others."
_INSIDE = re.compile(rf"({'|'.join(FOLDERS)})/(?!\.)[^/\\:]+")
_TOLD = 5


def manifest(names: Iterable[str]) -> str:
    """List files by their names in the report's folder, one a line."""
    return "\n".join([_FIRST, *sorted(names)]) + "\n"


def listed(folder: Path) -> frozenset[str]:
    """Give the files that the last report in `folder` wrote; none if it has no manifest of ours."""
    try:
        first, *names = (folder / NAME).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return frozenset()
    return frozenset(filter(_is_ours, names)) if first == _FIRST else frozenset()


def in_the_way(folder: Path, names: Iterable[str]) -> str:
    """Say which of the files `names` exist in `folder` without being a report's; "" if none do."""
    ours = listed(folder)
    found = [
        name
        for name in sorted(names)
        if os.path.lexists(folder / name) and (name not in ours or (folder / name).is_dir())
    ]
    found += [
        name for name in FOLDERS if os.path.lexists(folder / name) and not (folder / name).is_dir()
    ]
    if not ours and os.path.lexists(folder / NAME):
        found.append(NAME)
    if not found:
        return ""
    more = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
    return (
        f"The folder {folder} has {', '.join(found[:_TOLD])}{more}, which may be somebody's own:"
        f" only files that {NAME} lists are replaced. Give another folder with --out, or take them"
        " away."
    )


def _is_ours(name: str) -> bool:
    """Whether a report could have written it: a line somebody added must not reach other files."""
    return name in PAGES or _INSIDE.fullmatch(name) is not None
