"""Everything that conf/ offers composes to a configuration without fault."""

from pathlib import Path

import pytest
from hydra.errors import HydraException

from mlp.compose import CONF, ConfigError, compose, folders
from mlp.config import Config

OPTIONS = sorted(CONF.glob("*/*.yaml"))


def _override(option: Path) -> list[str]:
    group, name = option.parent.name, option.stem
    own_data = group == "data" and name != "fashion_mnist"
    # experiment and reading stand in no defaults list, so that they are added.
    plus = "+" if group in ("experiment", "reading") else ""
    return [f"{plus}{group}={name}", *(["data.path=somewhere"] if own_data else [])]


@pytest.mark.parametrize("option", OPTIONS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_option_composes(option: Path) -> None:
    config = compose(_override(option))
    if hasattr(config, option.parent.name) and isinstance(getattr(config, option.parent.name), str):
        assert getattr(config, option.parent.name) == option.stem


def test_nothing_said_gives_the_defaults() -> None:
    assert compose([]) == Config()


def test_one_seed_sets_all_three_and_each_can_be_set_by_itself() -> None:
    seeds = compose(["seed=7", "seeds.split=1"]).seeds
    assert (seeds.split, seeds.initialization, seeds.shuffle) == (1, 7, 7)


def test_the_paper_sets_what_it_gives() -> None:
    config = compose(["+experiment=activation"])
    assert (config.batch_size, config.epochs, config.hidden_units) == (128, 100, [50])
    assert config.learning_rate == 0.01
    assert (config.momentum.kind, config.gradient) == ("damped", "sum")
    assert config.early_stopping.patience == 5


def test_a_setting_beside_an_experiment_wins() -> None:
    assert compose(["+experiment=regularization", "epochs=3"]).epochs == 3


def test_all_faults_come_in_one_error() -> None:
    with pytest.raises(ConfigError) as caught:
        compose(["epochs=0", "batch_size=0", "learning_rate=-1"])
    assert len(str(caught.value).splitlines()) == 3


def test_an_unknown_setting_is_hydras_to_refuse() -> None:
    with pytest.raises(HydraException):
        compose(["nothing=1"])


def test_a_conf_of_ones_own_adds_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert folders() == (CONF,)
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    ours, own = folders()
    assert (ours, own.resolve()) == (CONF, tmp_path / "conf")


def test_the_checkouts_own_conf_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CONF.parent)
    assert folders() == (CONF,)
