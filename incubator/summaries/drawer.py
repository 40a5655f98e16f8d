"""Draw charts and PDFs: run as a process of its own, which reads jobs as JSON and answers in it.

The only module that loads Typst, and it knows nothing else of the program: what it is given are
words and numbers, which it lays out by the files in templates/summaries/print.
"""

import base64
import json
import re
import sys
from pathlib import Path
from typing import Any

import typst

ROOT = Path(__file__).parents[2]
LAYOUT = ROOT / "templates" / "summaries" / "print"
LETTERS = ROOT / "static" / "vendor" / "inter-print"
# Typst brings the second itself: what the first lacks. Nothing of the machine is used.
FONTS = ("Inter", "DejaVu Sans Mono")
PIXELS_PER_INCH = 158.55  # half as many again as the width that the mail shows them at
MOST_REPLACED = 200
LACKING = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
INSTEAD = "□"


class Drawer:
    """Draws one job after the other with the fonts read once."""

    def __init__(self) -> None:
        self._compiler = typst.Compiler(
            root=str(LAYOUT), font_paths=[str(LETTERS)], ignore_system_fonts=True
        )

    def draw(self, job: dict[str, Any]) -> dict[str, Any]:
        """Draw the PNGs of a job's charts, and its PDF where it has one; or say what is wrong."""
        job = {**job, "fonts": FONTS}
        try:
            report = self._report(job) if job["report"] else None
            pictures = self._compile("pictures.typ", job, format="png", ppi=PIXELS_PER_INCH)
        except typst.TypstError as error:
            return {"error": error.message}
        return {
            "pictures": [_text(one) for one in _several(pictures, len(job["charts"]))],
            "report": _text(report) if report else None,
        }

    def _report(self, job: dict[str, Any]) -> bytes:
        """Make a PDF for everybody (PDF/UA): a letter that no font has is shown as a box.

        The standard asks that each letter can be seen, so Typst refuses one that it lacks, one
        piece of text at a time.
        """
        for _ in range(MOST_REPLACED):
            try:
                return bytes(self._compile("report.typ", job, format="pdf", pdf_standards=["ua-1"]))
            except typst.TypstError as error:
                lacking = LACKING.search(error.message)
                if lacking is None:
                    raise
                job["report"] = _without(job["report"], json.loads(f'"{lacking[1]}"'))
        raise typst.TypstError("too many letters that no font has", "")

    def _compile(self, layout: str, job: dict[str, Any], **how: Any) -> Any:
        given = {"data": json.dumps(job)}
        return self._compiler.compile(str(LAYOUT / layout), sys_inputs=given, timestamp=0, **how)


def _several(found: Any, count: int) -> list[bytes]:
    if count == 0:
        return []
    return [found] if isinstance(found, bytes) else list(found)


def _without(value: Any, letters: str) -> Any:
    """Put a box in the place of letters, in every text of a document."""
    if isinstance(value, str):
        return value.replace(letters, INSTEAD)
    if isinstance(value, list):
        return [_without(one, letters) for one in value]
    if isinstance(value, dict):
        return {key: _without(one, letters) for key, one in value.items()}
    return value


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def main() -> None:
    """Read jobs from standard input, draw them, and write what came of each."""
    drawer = Drawer()
    jobs = json.load(sys.stdin)
    json.dump([drawer.draw(job) for job in jobs], sys.stdout)


if __name__ == "__main__":
    main()
