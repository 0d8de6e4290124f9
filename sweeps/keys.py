"""What MLflow takes as the name of a param, metric or tag, and how much at a time."""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping

MAXIMUM_KEY = 250
MAXIMUM_PARAM = 6000
MAXIMUM_TAG = 8000
# MLflow refuses a request of more than 1,000,000 bytes, which may have params, tags and points.
_BYTES_AT_ONCE = 350_000
_AROUND_PAIR = 32
_REFUSED = re.compile(r"[^\w.\- :/]")


def valid_key(name: str) -> str:
    """Make a key that MLflow takes, with _ for what it refuses; most keys stay as they are.

    A key that is a path must be in its shortest form, and no key may be longer than 250.
    """
    key = _REFUSED.sub("_", name)
    plain = posixpath.normpath(key)
    if plain != key or plain.startswith(("/", "..")) or plain == ".":
        key = key.replace("/", "_").replace("..", "_").strip(".") or "_"
    return key[:MAXIMUM_KEY]


def batches(pairs: Mapping[str, str], count: int) -> Iterator[list[tuple[str, str]]]:
    """Divide pairs into requests of at most `count` pairs that MLflow's size limit lets through."""
    batch: list[tuple[str, str]] = []
    size = 0
    for key, value in pairs.items():
        needed = len(json.dumps(key)) + len(json.dumps(value)) + _AROUND_PAIR
        if batch and (len(batch) == count or size + needed > _BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append((key, value))
        size += needed
    if batch:
        yield batch
