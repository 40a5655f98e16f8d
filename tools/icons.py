"""Draw the mark as the PNG icons that phones want, from static/favicon.svg."""

import re

from playwright.sync_api import sync_playwright

from tools.browsers import find_browser
from tools.server import ROOT

FOLDER = ROOT / "static" / "icons"
# Name, size, the part of the picture that the mark fills, and whether its corners are round. A
# phone cuts its own shape from a maskable one, and keeps the middle four fifths.
ICONS = (
    ("icon-192.png", 192, 1.0, True),
    ("icon-512.png", 512, 1.0, True),
    ("maskable-512.png", 512, 0.78, False),
    ("apple-touch-icon.png", 180, 0.9, False),
)
TILE = re.compile(r'<rect width="32" height="32" rx="8" fill="(#\w+)"/>')


def picture(mark: str, size: int, part: float, *, is_round: bool) -> str:
    """Give the mark as a picture of a size, on a tile that is round or fills all of it."""
    tile = TILE.search(mark)
    assert tile, "the mark has no tile"
    edge = 32 / part
    start = (32 - edge) / 2
    corner = 8 if is_round else 0
    whole = (
        f'<rect x="{start}" y="{start}" width="{edge}" height="{edge}" rx="{corner}"'
        f' fill="{tile[1]}"/>'
    )
    box = f'viewBox="{start} {start} {edge} {edge}" width="{size}" height="{size}"'
    return mark.replace(tile[0], whole).replace('viewBox="0 0 32 32"', box)


def main() -> None:
    """Draw all of them."""
    mark = (ROOT / "static" / "favicon.svg").read_text("utf-8")
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, size, part, is_round in ICONS:
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(
                f"<style>*{{margin:0;display:block}}</style>"
                f"{picture(mark, size, part, is_round=is_round)}"
            )
            page.screenshot(path=FOLDER / name, omit_background=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
