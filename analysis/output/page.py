"""A document as one HTML page that needs no other file."""

from __future__ import annotations

import re
from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from analysis.document import Block, Document

_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_NAMED = re.compile(r'(\bid="|url\(#|href="#)')
_SIZE = re.compile(r'<svg ([^>]*?)width="[^"]*" height="[^"]*"|<svg ')
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)


def page(document: Document, drawn: Mapping[str, str]) -> str:
    """Write the page; `drawn` has each picture's SVG by its slug."""
    environment = Environment(
        loader=PackageLoader("analysis"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["markdown"] = _markdown
    environment.tests["a"] = _is_a
    inline = {slug: Markup(_inline(slug, svg)) for slug, svg in drawn.items()}  # noqa: S704 - ours
    return environment.get_template("report.html.j2").render(document=document, drawn=inline)


def _is_a(block: Block, kind: str) -> bool:
    return type(block).__name__ == kind


def _markdown(text: str) -> Markup:
    """Turn Markdown without HTML into markup."""
    made = MarkdownIt("commonmark", {"html": False}).render(text)
    return Markup(made)  # noqa: S704 - markdown-it has escaped it


def _inline(slug: str, svg: str) -> str:
    """Make an SVG file part of a page: names of its own, and the page's width."""
    body = _METADATA.sub("", _PROLOGUE.sub("", svg))
    body = _NAMED.sub(rf"\1{slug}-", body)
    return _SIZE.sub(r'<svg aria-hidden="true" focusable="false" \1', body, count=1)
