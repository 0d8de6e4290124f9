"""What a URI names, read without MLflow."""

from pathlib import Path

import pytest

from sweeps.uris import absolute_uri, artifacts_beside, database, is_server, local_path


def test_the_default_is_mlflows_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    file = (tmp_path / "mlflow.db").as_posix()
    assert absolute_uri(None, tmp_path) == f"sqlite:///{file}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://there:5000")
    assert absolute_uri(None, tmp_path) == "http://there:5000"
    assert absolute_uri("sqlite:///runs/a.db", tmp_path) == (
        f"sqlite:///{(tmp_path / 'runs/a.db').as_posix()}"
    )
    assert absolute_uri(f"sqlite:///{file}", Path.cwd()) == f"sqlite:///{file}"
    assert absolute_uri("sqlite:///:memory:", tmp_path) == "sqlite:///:memory:"


def test_a_server_is_told_from_a_database() -> None:
    assert is_server("https://there/mlflow")
    assert not is_server("sqlite:////there/mlflow.db")


def test_the_file_of_a_database_is_found(tmp_path: Path) -> None:
    file = tmp_path / "mlflow.db"
    assert database(f"sqlite:///{file.as_posix()}") == file
    assert database(f"sqlite+pysqlite:///{file.as_posix()}?timeout=5") == file
    for uri in ("sqlite:///:memory:", "http://there", "postgresql://me@there/mlflow"):
        assert database(uri) is None


def test_artifacts_lie_beside_a_database_that_is_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"sqlite:///{(tmp_path / 'mlflow.db').as_posix()}"
    beside = artifacts_beside(uri, "my runs")
    assert beside is not None
    assert local_path(beside) == tmp_path / "mlruns" / "my%20runs"
    monkeypatch.chdir(tmp_path)
    assert artifacts_beside(uri, "my runs") is None
    assert artifacts_beside("http://there", "my runs") is None


def test_only_artifacts_in_files_have_a_folder_here(tmp_path: Path) -> None:
    assert local_path(tmp_path.as_uri()) == tmp_path
    assert local_path(str(tmp_path)) == tmp_path
    assert local_path("mlflow-artifacts:/1/abc/artifacts") is None
    assert local_path("s3://bucket/1") is None
