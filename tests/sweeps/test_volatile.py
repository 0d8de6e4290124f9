import pytest

from sweeps.identity import identity
from sweeps.volatile import volatile_keys


@pytest.mark.parametrize(
    ("raw", "volatile"),
    [
        ({"a": 1, "b": "text", "c": "${a}"}, set()),
        ({"out": "${hydra:runtime.output_dir}"}, {"out"}),
        ({"out": "x/${now:%Y}/y"}, {"out"}),
        ({"out": "${ hydra:job.num }"}, {"out"}),
        (
            {"paths": {"out": "${hydra:x}", "in": "d"}, "log": "${paths.out}/log"},
            {"paths.out", "log"},
        ),
        ({"paths": {"out": "${hydra:x}", "log": "${.out}/log"}}, {"paths.out", "paths.log"}),
        ({"a": {"b": {"c": "${..d}"}, "d": "${now:x}"}}, {"a.b.c", "a.d"}),
        ({"a": "${b}", "b": "${c}", "c": "${now:x}", "d": "${e}", "e": 1}, {"a", "b", "c"}),
        ({"node": {"x": "${now:x}"}, "copy": "${node}"}, {"node.x", "copy"}),
        (
            {"node": {"x": "${now:x}"}, "copy": "${node}", "deep": "${copy.x}"},
            {"node.x", "copy", "deep"},
        ),
        ({"list": ["a", "${now:x}"], "one": "${list[1]}", "other": "${list.0}"}, {"list.1", "one"}),
        ({"x": "${now:x}", "y": "${oc.select:x,1}", "z": "${oc.env:HOME}"}, {"x", "y"}),
        ({"x": "${oc.env:HOME,${hydra:runtime.cwd}}"}, {"x"}),
        ({"x": r"\${now:x}", "y": r"\\${now:x}"}, {"y"}),
        ({"now": 1, "hydra": {"a": 2}, "x": "${now}", "y": "${hydra.a}"}, set()),
        ({"a": "${b}", "b": "${a}"}, set()),
        ({"a": "${", "b": "}", "c": "${}"}, set()),
    ],
)
def test_what_comes_from_the_launch_is_found(raw: dict[str, object], volatile: set[str]) -> None:
    assert volatile_keys(raw) == volatile


def test_what_is_found_can_be_excluded_by_those_names() -> None:
    raw = {"list": ["a", "${now:x}"], "out": {"dir": "${hydra:x}"}}
    digests = {
        identity(
            {"list": ["a", when], "out": {"dir": when}},
            task="t",
            excluded=volatile_keys(raw),
            inputs={},
            code="c",
        )
        for when in ("2024", "2025")
    }
    assert len(digests) == 1
