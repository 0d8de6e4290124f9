"""A store that is away is told from a mistake in the code that delivers to it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from sweeps import delivery
from sweeps.consignment import Consignment
from sweeps.delivery import Delivery
from sweeps.outage import is_outage


class Stranger(BaseHTTPRequestHandler):
    """Answers everything, and is not MLflow."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"It works!")

    do_POST = do_GET  # noqa: N815 - the name that the library looks for

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def another_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_PAUSE_SECONDS", 0.02)


def told(made: Any, uri: str) -> str:
    """Deliver a finished run to `uri`; gives what is said of it at the end."""
    made.write("tanh", *made.begin("tanh"), *made.curves(1, 2), *made.finish(2, 0.1))
    with Delivery(Consignment.of(made.plan, made.store, made.launch(uri))) as one:
        pass
    assert one.problem is not None
    assert "1 run waits for delivery" in one.problem
    return one.problem


def test_another_program_at_the_servers_address_is_an_outage(
    three: Any, another_server: str
) -> None:
    assert f"MLflow at {another_server} can't be written" in told(three, another_server)


def test_a_file_that_is_no_database_is_an_outage(three: Any, tmp_path: Path) -> None:
    file = tmp_path / "mlflow.db"
    file.write_text("these are my notes, not a database" * 100, encoding="utf-8")
    assert "can't be written" in told(three, f"sqlite:///{file.as_posix()}")


def test_a_mistake_of_ours_is_told_as_one_with_its_traceback(
    three: Any, mlflow_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(*_: object) -> None:
        undefined  # noqa: B018, F821

    monkeypatch.setattr(delivery.Child, "deliver", mistaken)
    said = told(three, mlflow_store)
    assert "can't be written" not in said
    assert "NameError: name 'undefined' is not defined" in said
    log = Path(said.rpartition(" in ")[2].rstrip("."))
    assert "in mistaken" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("error", [TypeError("x"), KeyError("x"), ValueError("x")])
def test_what_no_store_raises_is_no_outage(error: Exception) -> None:
    assert not is_outage(error)
