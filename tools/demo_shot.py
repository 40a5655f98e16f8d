"""Take the picture of the board that README.md shows, from the demo on the production server."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from incubator.upkeep import demo
from tools.browsers import find_browser
from tools.server import ROOT, run_server

PICTURE = ROOT / "docs" / "board.png"


def take(url: str, into: Path) -> None:
    """Sign in as the demo's developer and photograph the board."""
    email, password = next(
        (who.email, who.password) for who in demo.LOGINS if who.role == "developer"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(
            base_url=url, locale="nb-NO", viewport={"width": 1440, "height": 900}
        )
        page.goto("/logg-inn")
        page.fill("[name=email]", email)
        page.fill("[name=password]", password)
        page.keyboard.press("Enter")
        page.wait_for_url("**/")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=into)
        browser.close()


def main() -> int:
    """Run the demo in a folder of its own and take the picture."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/ideloypa.db"
        with run_server(Path(folder), database, DEMO="1") as url:
            take(url, PICTURE)
    print(f"{PICTURE.relative_to(ROOT)} is new.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
