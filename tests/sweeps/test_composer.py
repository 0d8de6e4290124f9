"""Jobs that share Hydra's work are, to the last flag, what Hydra would have composed for each."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hydra import initialize_config_dir
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import DictConfig, Node, OmegaConf, open_dict, read_write

from mlp.compose import CONF
from sweeps.compose import _task, told
from sweeps.composer import REFUSALS, Base, Composer, Recipe, as_written

STRANGERS = {
    "config.yaml": """
defaults:
  - db: mysql
  - store@cache.first: memory
  - optional shape: null
  - _self_
  - override hydra/job_logging: disabled
lr: 0.1
name: run-${lr}
stamp: ${now:%f}
number: ${hydra:job.num}
directly: ${hydra.job.id}
layers: [10, {units: 20, bias: true}]
nested: {a: 1, b: {c: "${lr}", d: "???"}}
alias: ${nested}
empty: null
hydra:
  mode: MULTIRUN
  sweep: {dir: "out/${now:%H-%M-%S-%f}", subdir: "${hydra.job.override_dirname}"}
  job: {config: {override_dirname: {exclude_keys: [name], kv_sep: ":"}}}
""",
    "db/mysql.yaml": "name: mysql\nport: 3306\n",
    "db/postgres.yaml": "defaults: [/db/auth@auth: plain]\nname: postgres\nport: 5432\n",
    "db/auth/plain.yaml": "kind: plain\nuser: ${...name}\n",
    "db/auth/token.yaml": "kind: token\ntoken: secret\n",
    "store/memory.yaml": "size: 5\n",
    "store/disk.yaml": "size: 50\npath: /tmp\n",
    "shape/round.yaml": "# @package _global_\nlr: 0.7\nshape: round\n",
    "shape/square.yaml": "# @package _global_\nshape: square\nextra: {side: 2}\n",
}

# Usual and unusual, right and wrong; a job is any few of them in any order.
STRANGE_OVERRIDES = (
    *("lr=0.2", "lr=3", "lr=abc", "lr=null", "lr='1,2'", "lr=[1,2]", "lr={x:1}", "lr=${nested.a}"),
    *("name=x", "name=", "nested.a=2", "nested.b.c=5", "nested.b={c:7}", "nested={a:3}", "lr=1,2"),
    *("layers=[1]", "layers.1.units=30", "layers.5=1", "alias.a=8", "nested.zz=1", "zz=1"),
    *("+zz=1", "++zz=2", "++lr=4", "+lr=1", "+nested.zz=3", "+nested={zz:4}", "~lr", "~nested.b"),
    *("~lr=0.1", "~zz", "~db", "~db=mysql", "+deep.er.key=1", "nested.b.d=1", "empty=1"),
    *("db=postgres", "db=mysql", "db=none", "db={name:mine}", "db.port=1", "db.auth.kind=x"),
    *("db/auth@db.auth=token", "store@cache.first=disk", "store=disk", "+store@other=disk"),
    *("shape=round", "+shape=square", "shape=square", "extra.side=9", "cache.first.size=6"),
    *("hydra.job.name=other", "hydra.job.chdir=true", "hydra/job_logging=default", "hydra.zz=1"),
    *("+hydra.job.env_set.A=1", "hydra=1", "lr=", "=", "lr", "hydra.verbose=true"),
)
OWN_OVERRIDES = (
    *("l2=0.1", "l2=1", "l2=x", "epochs=3", "epochs=3.5", "seed=4", "seeds.shuffle=1", "seeds=7"),
    *("activation=relu", "activation=nope", "architecture=h100", "hidden_units=[9,9]", "data=npz"),
    *("hidden_units=7", "momentum.coefficient=0.5", "momentum=none", "momentum.kind=nesterov"),
    *("+experiment=activation", "reading=paper", "+reading=paper", "early_stopping=none"),
    *("early_stopping.patience=null", "sweep.name=a", "data.limit=512", "learning_rate=${l2}"),
    *("objective=validation_accuracy", "report=3", "lerning_rate=1", "data.source=[cache]"),
)


@dataclass(frozen=True)
class App:
    """An app as Hydra has loaded it for a sweep, and a composer that has composed jobs of it."""

    loader: ConfigLoader
    master: DictConfig
    composer: Composer

    def by_hydra(self, job: Sequence[str], number: int) -> DictConfig:
        config = self.loader.load_sweep_config(self.master, list(job))
        with open_dict(config):
            config.hydra.job.id = str(number)
            config.hydra.job.num = number
        return config

    def judged_by_hydra(self, job: Sequence[str], number: int) -> DictConfig | Exception:
        try:
            return self.by_hydra(job, number)
        except (*REFUSALS, ValueError, AssertionError) as error:
            return error


@contextmanager
def loaded(folder: Path) -> Iterator[App]:
    with initialize_config_dir(config_dir=str(folder), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        master = loader.load_configuration("config", ["hydra.job.chdir=false"], RunMode.MULTIRUN)
        # What ${now:...} gave is every job's from here on.
        _ = master.hydra.sweep.dir, master.get("stamp")
        yield App(loader, master, Composer(loader, master))


@pytest.fixture(scope="module")
def strangers_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("strangers_conf")
    for name, text in STRANGERS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def anatomy(node: Any) -> Any:
    """Take a configuration apart into all that OmegaConf keeps of it, but for the caches."""
    kept = {k: v for k, v in vars(node._metadata).items() if k != "resolver_cache"}
    content = vars(node).get("_content", vars(node).get("_val"))
    if isinstance(content, dict):
        content = [(key, anatomy(item)) for key, item in content.items()]
    elif isinstance(content, list):
        content = [anatomy(item) for item in content]
    elif isinstance(content, Node):
        content = anatomy(content)
    return type(node), kept, content


def resolved(config: DictConfig) -> Any:
    with read_write(config), open_dict(config):
        config.hydra.runtime.output_dir = "out"
    HydraConfig.instance().cfg = config
    try:
        return OmegaConf.to_container(config, resolve=True)
    except REFUSALS as error:
        return told(error)
    finally:
        HydraConfig.instance().cfg = None


def assert_equal_to_hydra(app: App, jobs: Sequence[Sequence[str]]) -> None:
    for number, job in enumerate(jobs):
        expected = app.judged_by_hydra(job, number)
        if isinstance(expected, Exception):
            with pytest.raises(type(expected)) as raised:
                app.composer.compose(job, number)
            assert told(raised.value) == told(expected)
            continue
        recipe, told_by = app.composer.compose(job, number)
        made = recipe.make(number)
        assert anatomy(made) == anatomy(expected)
        assert OmegaConf.get_cache(made) == OmegaConf.get_cache(expected)
        assert recipe.written(number) == as_written(expected)
        assert _settings(told_by) == _settings(expected)
        assert resolved(made) == resolved(expected)


def _settings(config: DictConfig) -> Any:
    """Give the task's settings as the plan has them, or what is wrong with them."""
    try:
        return _task(config, resolve=True)
    except REFUSALS as error:
        return told(error)


def jobs_of(overrides: Sequence[str]) -> st.SearchStrategy[list[list[str]]]:
    return st.lists(st.lists(st.sampled_from(overrides), max_size=5), min_size=1, max_size=3)


def test_a_strangers_jobs_are_those_of_hydra(strangers_folder: Path) -> None:
    @settings(max_examples=40, deadline=None)
    @given(jobs=jobs_of(STRANGE_OVERRIDES))
    def holds(jobs: list[list[str]]) -> None:
        assert_equal_to_hydra(app, jobs)

    with loaded(strangers_folder) as app:
        holds()


def test_each_override_of_a_stranger_alone(strangers_folder: Path) -> None:
    with loaded(strangers_folder) as app:
        assert_equal_to_hydra(app, [[override] for override in STRANGE_OVERRIDES])


def test_our_jobs_are_those_of_hydra() -> None:
    @settings(max_examples=20, deadline=None)
    @given(jobs=jobs_of(OWN_OVERRIDES))
    def holds(jobs: list[list[str]]) -> None:
        assert_equal_to_hydra(app, jobs)

    with loaded(CONF) as app:
        holds()


def test_hydra_composes_once_for_each_choice_of_groups() -> None:
    values = [f"l2={value / 1000}" for value in range(250)]
    grid = product(
        ("activation=tanh", "activation=relu"), ("momentum=none",), values, ("epochs=2",)
    )
    with loaded(CONF) as app:
        for number, job in enumerate(grid):
            app.composer.compose(job, number)
    assert app.composer.compositions == 2


def test_a_wrong_choice_is_asked_of_hydra_once_for_all_its_jobs() -> None:
    with loaded(CONF) as app:
        for number in range(50):
            for wrong in ("activation=nope", "epochs=many"):
                with pytest.raises(REFUSALS):
                    app.composer.compose([wrong, f"l2={number}"], number)
    # The choice and one job; the usual choice and one job.
    assert app.composer.compositions == 4


def test_an_unpicklable_configuration_is_copied(strangers_folder: Path) -> None:
    with loaded(strangers_folder) as app:
        config = app.by_hydra([], 0)
        config._set_flag(["allow_objects"], [True])
        with open_dict(config):
            config.thing = type("Local", (), {})()
        recipe = Recipe(Base(config), ("lr=5",), ("lr=5",))
        made = recipe.make(0)
        assert made.lr == 5
        made.lr = 6
        assert recipe.make(0).lr == 5
