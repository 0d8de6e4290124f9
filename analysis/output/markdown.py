"""A document as Markdown, with its figures and tables in files beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.document import (
    Block,
    Command,
    Details,
    Document,
    Entry,
    Heading,
    Link,
    Paragraph,
    Picture,
    Table,
)


def markdown(document: Document) -> str:
    """Write the whole document."""
    lines = [f"# {document.title}", ""]
    for chapter in document.chapters:
        lines += [f"## {chapter.title}", ""]
        for block in chapter.blocks:
            lines += _block(block)
    return "\n".join(lines).rstrip() + "\n"


def table(one: Table) -> str:
    """Write a table alone."""
    return "\n".join(_rows(one)) + "\n"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield from (block.text.strip(), "")
    elif isinstance(block, Command):
        yield from ("```", block.text, "```", "")
    elif isinstance(block, Heading):
        yield from (f'<a id="{block.slug}"></a>', "", f"{'#' * block.level} {block.text}", "")
    elif isinstance(block, Picture):
        yield from (f"**{block.title}**", "")
        yield from (f"![{_alt(block.plot.alt)}](figures/{block.slug}.svg)", "")
        files = ", ".join(
            f"[{kind.upper()}](figures/{block.slug}.{kind})" for kind in ("csv", "png", "pdf")
        )
        yield from (" ".join(filter(None, (block.note, files))), "")
    elif isinstance(block, Table):
        yield from (f"**{block.caption}**", "", *_rows(block), "")
        csv = f"[CSV](tables/{block.slug}.csv)" if block.frame is not None else ""
        yield from (" ".join(filter(None, (block.note, csv))), "")
    elif isinstance(block, Details):
        yield from ("<details>", f"<summary>{block.title}</summary>", "")
        for inner in block.blocks:
            yield from _block(inner)
        yield from ("</details>", "")


def _rows(one: Table) -> Iterator[str]:
    yield _row(one.head)
    rule = ["---:" if at in one.numbers else "---" for at in range(len(one.head))]
    yield "| " + " | ".join(rule) + " |"
    for row in one.rows:
        yield _row(row)


def _row(entries: Sequence[Entry]) -> str:
    return "| " + " | ".join(_entry(entry) for entry in entries) + " |"


def _entry(entry: Entry) -> str:
    if isinstance(entry, Link):
        return f"[{_safe(entry.text)}](#{entry.target})"
    return _safe(entry if isinstance(entry, str) else entry.text)


def _safe(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _alt(text: str) -> str:
    return text.replace("[", "(").replace("]", ")").replace("\n", " ")
