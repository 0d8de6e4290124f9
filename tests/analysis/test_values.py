"""What the text of a param means."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.values import meaning, order, said

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(
    NUMBERS
    | st.integers(-(10**12), 10**12)
    | st.booleans()
    | st.none()
    | st.lists(st.integers(1, 999))
)
def test_a_value_means_what_its_text_means(value: object) -> None:
    assert meaning(str(value)) == meaning(value)


@given(st.text())
def test_any_text_has_a_meaning_and_can_be_said(text: str) -> None:
    assert isinstance(said(text), str)
    assert meaning(meaning(text)) == meaning(text) or isinstance(meaning(text), str)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("50", 50.0),
        ("1e-3", 0.001),
        ("null", None),
        ("None", None),
        ("true", True),
        ("[47, 47]", [47, 47.0]),
    ],
)
def test_forms_of_one_value_are_equal(one: object, other: object) -> None:
    assert meaning(one) == meaning(other)


@pytest.mark.parametrize(
    ("one", "other"), [("1", True), ("0", None), ("[1]", 1), ("nan", math.nan)]
)
def test_values_of_other_kinds_are_not(one: object, other: object) -> None:
    assert not (meaning(one) == meaning(other) and type(meaning(one)) is type(meaning(other)))


def test_values_are_shown_at_their_shortest() -> None:
    assert [said(one) for one in ("0.010", "[47, 47]", "None", "True", "tanh")] == [
        "0.01",
        "47-47",
        "none",
        "true",
        "tanh",
    ]


def test_numbers_stand_by_size_and_words_after_them() -> None:
    assert sorted(["b", "100", "0.5", "a", "20"], key=order) == ["0.5", "20", "100", "a", "b"]
