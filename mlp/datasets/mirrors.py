"""Fashion-MNIST by HTTP, from the first public mirror that has it whole."""

import logging
import sys
from pathlib import Path

from mlp.datasets import fashion_mnist
from mlp.datasets.errors import FileError, UnavailableError

MIRRORS = (
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
)
CONNECT_SECONDS, SILENCE_SECONDS = 4.0, 15.0
CHUNK = 1 << 16
log = logging.getLogger(__name__)


class Bar:
    """One line on the terminal for one file, in the form that pooch drives (tqdm's)."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.total = 0
        self.done = 0
        self.percent = -1

    def update(self, count: int) -> None:
        self.done = min(self.done + count, self.total)
        percent = 100 * self.done // max(self.total, 1)
        if percent != self.percent:
            self.percent = percent
            megabytes = f"{self.done / 1e6:.1f} of {self.total / 1e6:.1f} MB"
            sys.stderr.write(f"\r{self.label}  {percent:3d}%  {megabytes} ")
            sys.stderr.flush()

    def reset(self) -> None:
        self.done = 0

    def close(self) -> None:
        sys.stderr.write("\n")


def fetch(folder: Path) -> None:
    """Put the four files, checked, into `folder`. Raises UnavailableError: no mirror has them."""
    tried = []
    for mirror in MIRRORS:
        log.info("fetching Fashion-MNIST (31 MB) from %s", mirror)
        try:
            for name in fashion_mnist.SHA256:
                path = folder / f"{name}.gz"
                _download(mirror + path.name, path)
                fashion_mnist.verify(name, path)
        except OSError as fault:  # among these all that requests raises
            tried.append(f"{mirror.split('/')[2]} {_said(fault)}")
        except FileError as fault:
            tried.append(f"{mirror.split('/')[2]} gave a {fault.path.name} that {fault.fault}")
        else:
            return
    raise UnavailableError(", ".join(tried))


def _download(url: str, path: Path) -> None:
    import pooch  # 62 ms that only a download has to pay

    bar = Bar(path.name) if sys.stderr.isatty() else False
    timeout = (CONNECT_SECONDS, SILENCE_SECONDS)
    downloader = pooch.HTTPDownloader(progressbar=bar, chunk_size=CHUNK, timeout=timeout)
    downloader(url, str(path), None)


def _said(fault: OSError) -> str:
    response = getattr(fault, "response", None)
    if response is not None:
        return f"answered {response.status_code}"
    if "Timeout" in type(fault).__name__:
        return "did not answer in time"
    if "Chunked" in type(fault).__name__:
        return "broke off"
    return fault.strerror or "could not be reached"
