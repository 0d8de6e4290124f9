"""A real Chromium without a window, and what its pages have come to show."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions, ChromeService

BROWSER = next(
    (found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))),
    None,
)
DRIVER = shutil.which("chromedriver")


@contextmanager
def browsing(profile: Path, *, width: int, height: int) -> Iterator[Chrome]:
    """Open a browser whose pages are laid out on so many pixels, for the block's time."""
    assert BROWSER is not None
    options = ChromeOptions()
    options.binary_location = BROWSER
    for argument in (
        "--headless=new",
        "--no-sandbox",  # which root can't have
        "--disable-gpu",
        "--disable-dev-shm-usage",  # which is small in containers
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={profile}",
    ):
        options.add_argument(argument)
    driver = Chrome(options, ChromeService(DRIVER))
    try:
        # A window can't be as narrow as a phone.
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        yield driver
    finally:
        driver.quit()


def text(document: str) -> str:
    """Return a document's text, with a bar between the texts of any two elements."""
    without = re.sub(r"<(script|style)\b.*?</\1>", "", document, flags=re.DOTALL)
    parts = unescape(re.sub(r"<[^>]+>", "\n", without)).split("\n")
    return " | ".join(part.strip() for part in parts if part.strip())
