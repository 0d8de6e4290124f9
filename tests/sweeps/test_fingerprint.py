"""The fingerprint both ways: edits that can't change a number don't count, all others do."""

import ast
import copy
import functools
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import sweeps.identity
from sweeps.bytecode import bytecode_digest
from sweeps.fingerprint import fingerprint, locate, targets_in
from sweeps.syntax import parse

SOURCE = '''\
"""A module."""
import math
from . import sibling

RATE: float = 0.1  # a comment
"""Of learning."""

@staticmethod
def step(x, *, scale=2.0):
    """Make a step."""
    if x > 0 and not math.isnan(x):
        return [x * scale + i for i in range(3)]
    else:
        pass
    return f"{x:.2f}", b"\\x00", {"a": -1j, **{}}, lambda y: y ** 2

class Net:
    """A net."""
'''


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def of(path: Path) -> str:
    return fingerprint(path).digest


@pytest.mark.parametrize(
    "edit",
    [
        lambda s: s.replace("# a comment", "# another one"),
        lambda s: s.replace('"""A module."""\n', ""),
        lambda s: s.replace("Make a step.", "Do it.\n\n    At length."),
        lambda s: s.replace('    """A net."""', "    pass"),
        lambda s: s.replace('"""Of learning."""\n', "\n\n"),
        lambda s: s.replace("x * scale + i", "(x  *  scale)+i"),
        lambda s: s.replace("[x * scale", "[\n  # here\n  x * scale"),
        lambda s: s.replace('"a"', "'a'"),
        lambda s: s.replace("    else:\n        pass\n", ""),
        lambda s: ast.unparse(ast.parse(s)),
        lambda s: s.replace("\n", "\r\n"),
        lambda s: "\ufeff" + s,
    ],
)
def test_comments_docstrings_and_formatting_do_not_count(
    tmp_path: Path, edit: Callable[[str], str]
) -> None:
    edited = edit(SOURCE)
    assert edited != SOURCE
    (tmp_path / "a.py").write_bytes(SOURCE.encode())
    (tmp_path / "b.py").write_bytes(edited.encode())
    assert parse(str(tmp_path / "a.py")).digest == parse(str(tmp_path / "b.py")).digest


def _mutants(source: str) -> list[str]:  # noqa: C901, PLR0912 - a case for each kind of node
    """Change each name, constant, operator and flag of the source, one at a time."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    mutants = []
    for index, node in enumerate(ast.walk(tree)):
        changed = copy.deepcopy(tree)
        twin = list(ast.walk(changed))[index]
        match twin:
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                twin.value = text + "x"
            case ast.Constant(value=bytes(data)):
                twin.value = data + b"x"
            case ast.Constant(value=int() | float() | complex() as number):
                twin.value = number + 1
            case ast.Name() | ast.arg() | ast.FunctionDef() | ast.ClassDef() | ast.Attribute():
                field = next(f for f in ("id", "arg", "name", "attr") if hasattr(twin, f))
                setattr(twin, field, getattr(twin, field) + "_")
            case ast.BinOp():
                twin.op = ast.Sub()
            case ast.BoolOp():
                twin.op = ast.Or()
            case ast.UnaryOp():
                twin.op = ast.Invert()
            case ast.Compare():
                twin.ops = [ast.GtE()]
            case ast.alias():
                twin.name += "x"
            case ast.If():
                twin.body, twin.orelse = twin.orelse, twin.body
            case ast.FormattedValue():
                twin.format_spec = None
            case _:
                continue
        mutants.append(ast.unparse(changed))
    return mutants


def test_every_edit_that_computes_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    digests = set()
    sources = [
        SOURCE,
        *_mutants(SOURCE),
        SOURCE + "step(1)\n",
        SOURCE.replace("@staticmethod\n", ""),
    ]
    assert len(sources) > 40
    for source in sources:
        path.write_text(source, encoding="utf-8")
        digests.add(parse(str(path)).digest)
    assert len(digests) == len(set(sources))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 1.0"),
        ("x = 1", "x = True"),
        ("x = 'a'", "x = b'a'"),
        ("x = None", "x = ..."),
        ("f(a, b)", "f(a, *b)"),
        ("f(a)(b)", "f(a, b)"),
        ("if a:\n  b()\nc()", "if a:\n  b()\n  c()"),
        ("x = [a, [b]]", "x = [[a], b]"),
        ("def f(*, a=1, b): x", "def f(*, a, b=1): x"),
        ("{'a': 1, **b}", "{**b, 'a': 1}"),
        ("x[a:b]", "x[:a:b]"),
        ("import a as b", "import a"),
        ("global x", "nonlocal x"),
    ],
)
def test_near_spellings_of_unlike_code_differ(tmp_path: Path, one: str, other: str) -> None:
    first, second = write(tmp_path / "a.py", one), write(tmp_path / "b.py", other)
    assert parse(str(first)).digest != parse(str(second)).digest


def package(root: Path) -> dict[str, Path]:
    """A package whose run.py reaches some modules, and not others, in every way of importing."""
    texts = {
        "pkg/__init__.py": "A = 1",
        "pkg/run.py": """
            import sys, pkg.plain, other
            import pkg.sub.deep as deep
            from . import sibling
            from .sub import member, NAME
            from pkg.star import *
            def task():
                from .late import helper
                if sys.version_info > (9,): import pkg.lazy
        """,
        "pkg/plain.py": "from pkg import cycle",
        "pkg/cycle.py": "import pkg.plain",
        "pkg/sibling.py": "from .sub.far import x",
        "pkg/sub/__init__.py": "NAME = 1",
        "pkg/sub/deep.py": "from ..up import y",
        "pkg/sub/member.py": "1 + 1",
        "pkg/sub/far.py": "x = 1",
        "pkg/up.py": "y = 1",
        "pkg/star.py": "z = 1",
        "pkg/late.py": "helper = 1",
        "pkg/lazy.py": "raise SystemExit('imported')",
        "pkg/unused.py": "1 + 2",
        "other/__init__.py": "from . import part",
        "other/part.py": "p = 1",
    }
    return {name: write(root / name, text) for name, text in texts.items()}


def test_modules_of_the_package_are_followed_and_edits_in_them_count(tmp_path: Path) -> None:
    files = package(tmp_path)
    entry = files["pkg/run.py"]
    before = fingerprint(entry)
    reached = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in files
    }
    assert set(before.files) == reached - {"pkg.unused"}
    for name, path in files.items():
        text = path.read_text(encoding="utf-8")
        path.write_text(text + "\nnew = 0\n", encoding="utf-8")
        assert (of(entry) == before.digest) == (name == "pkg/unused.py")
        path.write_text(text + "\n# new\n", encoding="utf-8")
        assert of(entry) == before.digest


def test_a_package_among_installed_ones_is_followed_alone(tmp_path: Path) -> None:
    files = package(tmp_path / "site-packages")
    names = fingerprint(files["pkg/run.py"]).files
    assert {name.partition(".")[0] for name in names} == {"pkg"}
    assert len(names) == 13


def test_the_place_of_the_project_does_not_count(tmp_path: Path) -> None:
    one, two = package(tmp_path / "one")["pkg/run.py"], package(tmp_path / "two")["pkg/run.py"]
    assert fingerprint(one) == fingerprint(two)


def test_a_script_is_followed_to_what_lies_beside_it(tmp_path: Path) -> None:
    script = write(tmp_path / "train.py", "import helper, json, numpy\nfrom lib import net")
    write(tmp_path / "helper.py", "a = 1")
    write(tmp_path / "lib/net.py", "import lib.loss")  # a folder without __init__
    write(tmp_path / "lib/loss.py", "b = 1")
    assert set(fingerprint(script).files) == {"train", "helper", "lib.net", "lib.loss"}


def test_a_script_is_followed_into_the_checkout_around_it(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "")
    script = write(tmp_path / "scripts/train.py", "import flat, laid, numpy")
    write(tmp_path / "flat/__init__.py", "a = 1")
    write(tmp_path / "src/laid/__init__.py", "b = 1")
    assert set(fingerprint(script).files) == {"train", "flat", "laid"}


def test_targets_of_the_config_count_if_they_are_ours(tmp_path: Path) -> None:
    files = package(tmp_path)
    config = {"net": {"_target_": "pkg.unused.Net"}, "list": [{"_target_": "torch.nn.ReLU"}]}
    assert targets_in(config) == {"pkg.unused.Net", "torch.nn.ReLU"}
    with_target = fingerprint(files["pkg/run.py"], targets_in(config))
    assert set(with_target.files) - set(fingerprint(files["pkg/run.py"]).files) == {"pkg.unused"}


def test_the_orchestrator_does_not_count(tmp_path: Path) -> None:
    script = write(tmp_path / "train.py", "import sweeps.identity")
    source = locate(script)
    house = str(Path(sweeps.identity.__file__).parents[1])
    nearby = type(source)(source.name, source.path, (*source.roots, house))
    assert set(fingerprint(nearby).files) == {"train"}


def test_module_function_partial_and_path_agree() -> None:
    module = sweeps.identity
    expected = fingerprint(Path(module.__file__))
    assert "sweeps.identity" in expected.files
    assert fingerprint(module) == expected
    assert fingerprint(module.canonical) == expected
    assert fingerprint(functools.partial(module.canonical, 1)) == expected
    assert fingerprint(locate(module)) == expected


def test_run_as_module_or_as_script_gives_what_its_path_gives(tmp_path: Path) -> None:
    files = package(tmp_path)
    write(tmp_path / "pkg/unused.py", "")
    entry = write(
        tmp_path / "pkg/run.py",
        """
        from sweeps.fingerprint import fingerprint
        def task(): pass
        if __name__ == "__main__": print(fingerprint(task).digest)
        """,
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    for how in (["-m", "pkg.run"], [str(files["pkg/run.py"])]):
        done = subprocess.run(
            [sys.executable, *how], capture_output=True, text=True, check=True, env=environment
        )
        assert done.stdout.strip() == of(entry)


@pytest.mark.parametrize("content", [b"def f(:", b"\x00", b"\xff\xfe", b"x = '" + b"\xe9'"])
def test_a_file_that_does_not_parse_counts_with_its_bytes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(content)
    before = of(path)
    path.write_bytes(content + b" ")
    assert of(path) != before
    path.unlink()
    assert of(path) not in {before, ""}


def test_an_edit_right_after_another_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    digests = set()
    for number in range(9):
        path.write_text(f"x = {number}")
        digests.add(of(path))
    assert len(digests) == 9


def typed_at_a_prompt(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "prompt"}
    exec(compile(textwrap.dedent(text), "<stdin>", "exec"), names)
    return names


PROMPT = """
RATE = 0.1
def helper(x):
    return x * RATE
class Net:
    units = 3
    def forward(self, x): return helper(x) + 1
    @property
    def size(self): return 5
def task(cfg, k=2):
    return [Net().forward(i) for i in (1, 2)] if cfg in {"a", "b", "c"} else task
"""


def test_a_function_typed_at_a_prompt_counts_with_its_code() -> None:
    first = typed_at_a_prompt(PROMPT)["task"]
    assert locate(first).path == ""
    spaced = typed_at_a_prompt("\n\n# more\n" + PROMPT)["task"]
    assert fingerprint(first) == fingerprint(spaced)
    for old, new in [
        ("0.1", "0.2"),
        ("* RATE", "/ RATE"),
        ("+ 1", "+ 2"),
        ("k=2", "k=3"),
        ("(1, 2)", "(1, 3)"),
        ("units = 3", "units = 4"),
        ('"c"', '"d"'),
        ("return 5", "return 6"),
    ]:
        other = typed_at_a_prompt(PROMPT.replace(old, new))["task"]
        assert fingerprint(other).digest != fingerprint(first).digest, new


def test_it_is_the_same_under_another_hash_seed() -> None:
    module = "from sweeps.bytecode import bytecode_digest\n" + PROMPT
    module += "def digest(): return bytecode_digest(task)\n"
    digests = set()
    for seed in ("1", "2", "3"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        program = f"import types; t = types.ModuleType('t'); exec({module!r}, vars(t))"
        program += "; print(t.digest())"
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        digests.add(done.stdout)
    assert len(digests) == 1


@pytest.mark.parametrize(
    "odd", [len, print, functools.partial(len), ModuleType("empty"), type("T", (), {})(), lambda: 0]
)
def test_nothing_callable_is_too_odd(odd: Any) -> None:
    assert len(fingerprint(odd).digest) == 16
    assert len(bytecode_digest(odd)) == 64


def test_forty_files_take_little_time(tmp_path: Path) -> None:
    source = Path(sweeps.identity.__file__).read_text(encoding="utf-8")
    names = [f"m{number}" for number in range(40)]
    for name in names:
        write(tmp_path / f"{name}.py", source)
        os.utime(tmp_path / f"{name}.py", (1, 1))
    entry = write(tmp_path / "entry.py", "import " + ", ".join(names))
    seconds = []
    for _ in range(5):
        begun = time.perf_counter()
        assert len(fingerprint(entry).files) == 41
        seconds.append(time.perf_counter() - begun)
    assert min(seconds) < 0.05
