"""Downloading, from servers on this machine's loopback."""

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mlp.config import Data
from mlp.datasets import DatasetError, load, mirrors, sources
from mlp.datasets.errors import UnavailableError

Answer = tuple[int, int, bytes]  # status, the length that is announced, what is sent


@contextmanager
def serving(answer: Callable[[str], Answer]) -> Iterator[tuple[str, list[str]]]:
    """Serve `answer(path)`; give the server's URL and the list that notes the paths asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, length, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def folder(tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return Path(tiny.write(tmp_path / "served"))


def whole(folder: Path) -> Callable[[str], Answer]:
    def answer(path: str) -> Answer:
        body = (folder / path.rpartition("/")[2]).read_bytes()
        return 200, len(body), body

    return answer


def truncated(folder: Path) -> Callable[[str], Answer]:
    def answer(path: str) -> Answer:
        status, length, body = whole(folder)(path)
        return status, length, body[: length // 2]

    return answer


def short(folder: Path) -> Callable[[str], Answer]:
    """A server that cuts the file short and says that this is its length."""

    def answer(path: str) -> Answer:
        status, length, body = whole(folder)(path)
        return status, length // 2, body[: length // 2]

    return answer


def absent(folder: Path) -> Callable[[str], Answer]:
    return lambda _: (404, 9, b"not found")


def page(folder: Path) -> Callable[[str], Answer]:
    return lambda _: (200, 19, b"<html><body></html>")


def test_a_whole_download_is_kept_and_fetched_once(
    folder: Path, tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(whole(folder)) as (url, asked):
        monkeypatch.setattr(mirrors, "MIRRORS", (url,))
        for _ in range(2):
            assert tiny.same(load(Data(source=["cache", "download"])))
        assert sorted(asked) == sorted(f"/{name}.gz" for name in tiny.contents)


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (truncated, "broke off|cut short"),
        (short, "gave a train-images.*gz that is cut short or damaged"),
        (absent, "answered 404"),
        (page, "gave a train-images.*gz that is not an IDX file of images"),
    ],
)
def test_a_bad_mirror_is_passed_over_and_leaves_nothing(
    folder: Path, tiny: Any, monkeypatch: pytest.MonkeyPatch, behaviour: Any, said: str
) -> None:
    with ExitStack() as servers:
        bad, _ = servers.enter_context(serving(behaviour(folder)))
        good, asked = servers.enter_context(serving(whole(folder)))
        monkeypatch.setattr(mirrors, "MIRRORS", (bad,))
        with pytest.raises(DatasetError, match=f"download .*127.0.0.1:[0-9]+ ({said})"):
            load(Data(source="download"))
        assert not sources.fetched().exists()
        monkeypatch.setattr(mirrors, "MIRRORS", (bad, good))
        assert tiny.same(load(Data(source="download")))
        assert len(asked) == 4


def test_a_silent_server_and_a_closed_port_are_given_up(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirrors, "SILENCE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        closed = socket.create_server(("127.0.0.1", 0))
        ports = [silent.getsockname()[1], closed.getsockname()[1]]
        closed.close()
        monkeypatch.setattr(
            mirrors, "MIRRORS", tuple(f"http://127.0.0.1:{port}/" for port in ports)
        )
        with pytest.raises(UnavailableError) as refused:
            mirrors.fetch(tmp_path)
    assert f"127.0.0.1:{ports[0]} did not answer in time" in str(refused.value)
    assert f"127.0.0.1:{ports[1]} could not be reached" in str(refused.value)


def test_a_terminal_sees_the_progress(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with serving(whole(folder)) as (url, _):
        monkeypatch.setattr(mirrors, "MIRRORS", (url,))
        mirrors.fetch(tmp_path)
    lines = capsys.readouterr().err.splitlines()
    assert sum("100%" in line for line in lines) == 4
