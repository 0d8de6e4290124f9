"""A cursor gives what is undelivered, and everything when it can't know."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sweeps.cursor import Cursor
from sweeps.replay import Point

POINTS = st.lists(
    st.builds(
        Point,
        st.sampled_from(["loss", "accuracy"]),
        st.integers(0, 9),
        st.integers(0, 99),
        st.floats(allow_nan=True),
    ),
    max_size=20,
)


@given(POINTS, POINTS, st.integers(0, 20))
def test_delivered_in_two_parts_the_rest_is_what_follows(
    delivered: list[Point], later: list[Point], middle: int
) -> None:
    cursor = Cursor("place")
    cursor.advance(delivered[:middle])
    cursor.advance(delivered[middle:])
    assert cursor.after([*delivered, *later]) == later


@given(POINTS, POINTS)
def test_a_journal_with_another_beginning_is_delivered_whole(
    delivered: list[Point], others: list[Point]
) -> None:
    cursor = Cursor("place")
    cursor.advance([*delivered, Point("loss", 1, 1, 1.0)])
    rewritten = [*delivered, Point("loss", 1, 1, 2.0), *others]
    assert cursor.after(rewritten) == rewritten
    cursor.advance(rewritten)
    assert cursor.after(rewritten) == []


def test_a_shortened_journal_is_delivered_whole() -> None:
    cursor = Cursor("place")
    points = [Point("loss", step, step, 0.5) for step in range(3)]
    cursor.advance(points)
    assert cursor.after(points[:2]) == points[:2]


def test_a_saved_cursor_comes_back_and_holds_for_its_place_only(tmp_path: Path) -> None:
    path = tmp_path / "delivered.json"
    cursor = Cursor("1@2", "abc", points=3, checksum=4, artifacts={"a": 1}, sweeps=["s"])
    cursor.save(path)
    assert Cursor.load(path, "1@2") == cursor
    assert Cursor.load(path, "1@3") == Cursor("1@3")
    assert list(tmp_path.iterdir()) == [path]


def test_an_unreadable_cursor_is_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "delivered.json"
    for content in (b"", b"{", b"[]", b'{"place": "p", "colour": 1}', b"\xff\xfe"):
        path.write_bytes(content)
        assert Cursor.load(path, "p") == Cursor("p")
