"""Draw charts and PDFs: run as a process of its own, which reads jobs as JSON and answers in it.

The only module that loads Typst, and it knows nothing else of the program: what it is given are
words and numbers, which it lays out by the files in templates/summaries/print.
"""

import base64
import json
import re
import sys
import unicodedata
from collections.abc import Callable
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
ESCAPED = re.compile(r"\\u\{([0-9a-fA-F]+)\}|\\(.)", re.DOTALL)
INSTEAD = "□"
JOINERS = dict.fromkeys(map(ord, "\u200d\ufe0f\u20e3"))  # what makes one picture of several
NO_LETTERS = frozenset({"Cc", "Cs", "Co", "Cn"})


class Drawer:
    """Draws one job after the other with the fonts read once."""

    def __init__(self) -> None:
        self._compiler = typst.Compiler(
            root=str(LAYOUT), font_paths=[str(LETTERS)], ignore_system_fonts=True
        )

    def draw(self, job: dict[str, Any]) -> dict[str, Any]:
        """Draw the PNGs of a job's charts, and its PDF where it has one; or say what is wrong."""
        job = {**_each_text(job, _readable), "fonts": FONTS}
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
        piece of text at a time. What cannot be mended so is made without the standard's promise:
        no letter keeps a report from being sent.
        """
        for _ in range(MOST_REPLACED):
            try:
                return bytes(self._compile("report.typ", job, format="pdf", pdf_standards=["ua-1"]))
            except typst.TypstError as error:
                lacking = LACKING.search(error.message)
                if lacking is None:
                    raise
                letters = ESCAPED.sub(_letter, lacking[1])
                mended = _each_text(job["report"], lambda text: text.replace(letters, INSTEAD))  # noqa: B023
                if mended == job["report"]:
                    break
                job["report"] = mended
        return bytes(self._compile("report.typ", job, format="pdf"))

    def _compile(self, layout: str, job: dict[str, Any], **how: Any) -> Any:
        given = {"data": json.dumps(job)}
        return self._compiler.compile(str(LAYOUT / layout), sys_inputs=given, timestamp=0, **how)


def _several(found: Any, count: int) -> list[bytes]:
    if count == 0:
        return []
    return [found] if isinstance(found, bytes) else list(found)


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    """Change every text of a document."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each_text(one, change) for one in value]
    if isinstance(value, dict):
        return {key: _each_text(one, change) for key, one in value.items()}
    return value


def _readable(text: str) -> str:
    """Leave out what is no letter: control characters, halves of pairs, what has no meaning."""
    plain = text.replace("\t", " ").translate(JOINERS)
    return "".join(one for one in plain if unicodedata.category(one) not in NO_LETTERS)


def _letter(found: re.Match[str]) -> str:
    """Read a letter as Typst writes it in a message."""
    return chr(int(found[1], 16)) if found[1] else found[2]


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def main() -> None:
    """Read jobs from standard input, draw them, and write what came of each."""
    drawer = Drawer()
    jobs = json.load(sys.stdin)
    json.dump([drawer.draw(job) for job in jobs], sys.stdout)


if __name__ == "__main__":
    main()
