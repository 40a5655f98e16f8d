"""How each report reads: every part of its mail, and the words of its PDF, equal their files.

WRITE_EXPECTED=1 writes them anew, to be looked at.
"""

import io
import os
from pathlib import Path

import pytest
from pypdf import PdfReader

from incubator.summaries import drawing, letter, paper
from incubator.summaries.models import Recipient
from tests.mail.html import Balanced
from tests.summaries.sample import CASES

EXPECTED = Path(__file__).parent / "expected"
SITE = "https://loypa.example.no"


@pytest.mark.parametrize("locale", ["nb", "en"])
@pytest.mark.parametrize("case", CASES)
def test_it_equals_the_expected_files(case, locale):
    summary = CASES[case]
    kari = Recipient(name="Kari Nordby", email="kari@kommune.example", locale=locale)
    stop = f"{SITE}/rapportstopp/TOKEN"
    mail = letter.write(summary, kari, locale, site=SITE, stop_url=stop)
    report = drawing.draw_one(paper.job_of(summary, locale)).report
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(report)).pages]
    parts = {
        "subject.txt": f"{mail.subject}\n", "body.txt": mail.text, "body.html": mail.html,
        "pdf.txt": "\n\f\n".join(pages) + "\n",
    }  # fmt: skip
    for part, told in parts.items():
        file = EXPECTED / f"{case}.{locale}.{part}"
        if os.environ.get("WRITE_EXPECTED"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(told, encoding="utf-8")
        assert told == file.read_text(encoding="utf-8"), part


@pytest.mark.parametrize("case", CASES)
def test_the_html_is_plain_and_whole(case):
    mail = letter.write(CASES[case], None, "nb", site=SITE, stop_url=f"{SITE}/x")
    parser = Balanced(SITE)
    parser.feed(mail.html)
    assert parser.open == []
    assert not parser.seen & {"script", "style", "form", "link", "iframe", "svg"}
    assert len(mail.html.encode()) < 100_000
    shown = [dict(attributes) for attributes in parser.pictures]
    assert {one["src"] for one in shown} == {
        f"cid:{chart.content_id}" for chart in letter.about(CASES[case], "nb")["charts"]
    }
    assert all(int(one["width"]) and int(one["height"]) and one["alt"] for one in shown)


def test_where_small_counts_are_hidden_no_picture_gives_them_away():
    """A bar is as long as the number that is told, and all that are not told are equally long."""
    charts = letter.about(CASES["small"], "nb")["charts"]
    assert [chart.key for chart in charts] == ["figures", "goals"]
    figures, goals = (chart.spec["rows"] for chart in charts)
    hidden = [row for row in figures if row["is-small"]]
    assert len(hidden) == 4
    assert {(row["shown"], row["part"]) for row in hidden} == {("færre enn 3", hidden[0]["part"])}
    assert [(row["shown"], row["part"]) for row in goals] == [("minst 45 av 60, på plan", 45 / 60)]
