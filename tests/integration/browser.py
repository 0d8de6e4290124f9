"""A real Chromium without a window: what it makes of a page, told by its own --dump-dom."""

import shutil
import subprocess
from pathlib import Path

BROWSER = next(
    (found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))),
    None,
)


def laid_out(url: str, profile: Path, *, height: int = 1000, milliseconds: int = 60_000) -> str:
    """Return the page's document after so much of its own time, which stands still in requests."""
    assert BROWSER is not None
    ended = subprocess.run(
        [
            BROWSER,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",  # which is small in containers
            f"--window-size=1400,{height}",
            f"--virtual-time-budget={milliseconds}",
            f"--user-data-dir={profile}",
            "--dump-dom",
            url,
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
