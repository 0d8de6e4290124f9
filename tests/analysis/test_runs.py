"""Runs are found by their settings as a look at each of them would find them."""

from hypothesis import given
from hypothesis import strategies as st

from analysis.runs import Run, Runs
from analysis.values import Meaning
from tests.analysis.conftest import Memory

NAMES = ("activation", "l2", "hidden_units")
TEXTS = ("tanh", "None", "0.1", "1e-1", "0", "[50]", "True")
MEANINGS = ("tanh", None, 0.1, 0.0, (50.0,), True, "other")


def run(number: int, params: dict[str, str]) -> Run:
    return Run(f"{number:032x}", "", "made", "FINISHED", number, params, {}, {})


@given(
    st.lists(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(TEXTS)), max_size=8),
    st.dictionaries(st.sampled_from((*NAMES, "unknown")), st.sampled_from(MEANINGS)),
)
def test_the_runs_that_have_settings(
    params: list[dict[str, str]], wanted: dict[str, Meaning]
) -> None:
    runs = [run(number, own) for number, own in enumerate(params)]
    expected = [
        one
        for one in runs
        if all(one.settings.get(name) == value for name, value in wanted.items())
    ]
    assert Runs(runs, [], Memory()).having(wanted) == expected
