"""Charts and PDFs: what they say, that they are always the same, and who loads what draws them."""

import base64
import dataclasses
import io
import json
import os
import re
import struct
import subprocess
import sys
import zlib

import pytest
from pypdf import PdfReader

from config import ROOT
from incubator.summaries import drawing, letter, paper
from incubator.summaries.drawing import Job, NotDrawn
from tests.summaries.sample import CONTENTS, a_summary

REAL_ANSWERS = drawing._answers
HEAVY = {"altair", "numpy", "pandas", "typst", "vl_convert", "incubator.summaries.drawer"}


@pytest.fixture
def own_process(monkeypatch):
    """Draw as the program does."""
    monkeypatch.setattr(drawing, "_answers", REAL_ANSWERS)


def drawn(summary, locale="nb"):
    return drawing.draw_one(paper.job_of(summary, locale))


def read(content):
    return PdfReader(io.BytesIO(content), strict=True)


def words_of(content):
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in read(content).pages))


def png_parts(content):
    """Give the kinds of the parts of a PNG, and its size."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    kinds, at, size = [], 8, None
    while at < len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        body = content[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack(">I", content[at + 8 + length :][:4])[0]
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        kinds.append(kind.decode())
        at += 12 + length
    return kinds, size


@pytest.mark.parametrize("locale", ["nb", "en"])
def test_the_pdf_is_tagged_and_says_its_title_and_language(locale):
    found = read(drawn(a_summary(), locale).report)
    root = found.trailer["/Root"]
    month = {"nb": "oktober", "en": "October"}[locale]
    assert found.metadata.title == f"Elverum, {month} 2026"
    assert found.metadata.keywords == "26/114"
    assert root["/Lang"] == {"nb": "nb-NO", "en": "en-GB"}[locale]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert "/StructTreeRoot" in root
    assert "<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data().decode()
    assert [round(side) for side in found.pages[0].mediabox[2:]] == [595, 842]


def alternatives(found):
    """List the alternative texts in the tags of a PDF."""
    texts, waiting = [], [found.trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop().get_object()
        if isinstance(node, list):
            waiting += node
        elif hasattr(node, "get"):
            texts += [str(node["/Alt"])] if "/Alt" in node else []
            waiting += [node["/K"]] if "/K" in node else []
    return texts


def test_the_pdf_tells_what_the_mail_tells_and_its_charts_are_described():
    report = drawn(a_summary()).report
    said = words_of(report)
    for words in ("Elverum kommune · Saksnummer: 26/114", "God lesning!", "Nye ideer 5 45",
                  "1 200 000 kr", "3 ideer", "15.11.2026: SkatteFUNN", "Biokull fra bark",
                  "Rettelser siden sist", "én til, 12.09.2026", "Side 1 av 2"):  # fmt: skip
        assert words in said.replace("\N{NO-BREAK SPACE}", " "), words
    charts = letter.about(a_summary(), "nb")["charts"]
    assert sorted(alternatives(read(report))) == sorted(chart.alt for chart in charts)


def test_only_our_own_letters_are_used():
    found = read(drawn(a_summary()).report)
    fonts = {
        str(font.get_object()["/BaseFont"]).partition("+")[2]
        for page in found.pages for font in page["/Resources"]["/Font"].values()
    }  # fmt: skip
    assert fonts == {"Inter-Regular", "Inter-SemiBold"}


def test_the_charts_say_their_finding_and_stand_on_white():
    summary = a_summary()
    months, goals = letter.about(summary, "nb")["charts"]
    assert months.alt == (
        "Søyler. Nye ideer i 2026, måned for måned: 5 i perioden, 45 hittil i år. "
        "Flest i september: 12."
    )
    assert goals.alt == (
        "Stolper. Målene så langt: Nye ideer: 45 av 60, på plan; "
        "Opptak i inkubatoren: 3 av 12, bak plan."
    )
    for chart, content in zip((months, goals), drawn(summary).pictures, strict=True):
        kinds, (wide, high) = png_parts(content)
        assert set(kinds) <= {"IHDR", "pHYs", "IDAT", "IEND"}  # no place for a word
        assert abs(wide - 1.5 * chart.size[0]) <= 2 and abs(high - 1.5 * chart.size[1]) <= 4
        assert len(content) < 50_000


def test_equal_contents_give_equal_bytes_in_any_process(own_process, drawer):
    job = paper.job_of(a_summary(), "nb")
    other = dataclasses.replace(job, lang="en")
    first, second = drawing.draw([job, other]), drawing.draw([job])
    assert first[job.key] == second[job.key]
    assert set(first) == {job.key, other.key}
    here = drawer.draw(json.loads(job.as_json()))
    assert base64.b64decode(here["report"]) == first[job.key].report
    assert drawn(a_summary(place="Åmot")) != first[job.key]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Biokull \N{ROCKET} 漢字 Шишкин", "Biokull □ □□ Шишкин"),
        ("en\tto\x00\x07tre\ufeff", "en totre"),
        ("\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL} familie", "□□□ familie"),
        ("1\ufe0f\u20e3 og \N{HEAVY BLACK HEART}\ufe0f", "1 og \N{HEAVY BLACK HEART}"),
        ("\ud83d halv \uffff \ue000", "halv"),
        ("ไทย 'en' \"to\" \\tre `fire` \N{ROCKET}", "□□□ 'en' \"to\" \\tre `fire` □"),
    ],
)
def test_no_letter_keeps_a_report_from_being_drawn(written, shown):
    report = drawn(a_summary(note=written)).report
    assert shown in words_of(report)
    assert "pdfuaid" in read(report).trailer["/Root"]["/Metadata"].get_object().get_data().decode()


def test_what_people_wrote_is_never_read_as_commands():
    note = '#import "x" *fet* $1/0$ <a> \\ "sitat" #{'
    summary = a_summary()
    summary.note = note
    assert note in words_of(drawn(summary).report)


def test_many_corrections_fill_several_pages():
    one = CONTENTS["corrections"][0]
    summary = a_summary(corrections=[{**one, "id": number} for number in range(400)])
    about = letter.about(summary, "nb")
    assert (len(about["corrections"]), len(about["all_corrections"])) == (60, 400)
    written = letter.write(summary, None, "nb", site="https://x.no", stop_url="#")
    assert "og 340 til, som står i den vedlagte PDF-en" in written.text
    assert len(written.html.encode()) < 100_000
    found = drawn(summary).report
    assert words_of(found).count("én til, 12.09.2026") == 400


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import sys; sys.exit('no fonts here')", "no fonts here"),
        ("import time; time.sleep(9)", "more than 0 seconds"),
    ],
)
def test_a_process_that_fails_says_why(own_process, monkeypatch, code, reason):
    monkeypatch.setattr(drawing, "COMMAND", (sys.executable, "-c", code))
    monkeypatch.setattr(drawing, "STARTING", 3 if "exit" in code else 0.1)
    monkeypatch.setattr(drawing, "EACH", 0)
    with pytest.raises(NotDrawn, match=reason):
        drawing.draw_one(Job("nb", (), None))


def test_one_that_cannot_be_drawn_keeps_no_other_from_it(own_process, caplog):
    good = paper.job_of(a_summary(), "nb")
    bad = dataclasses.replace(good, charts=({**good.charts[0], "height": "tall"},))
    assert set(drawing.draw([bad, good])) == {good.key}
    assert "could not be drawn" in caplog.text


def test_the_process_is_told_no_secret(own_process, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "hemmelig")
    code = "import json, os; print(json.dumps([{'error': str(dict(os.environ))}]))"
    monkeypatch.setattr(drawing, "COMMAND", (sys.executable, "-c", code))
    [answer] = drawing._answers("[]", 1)
    assert "PATH" in answer["error"] and "hemmelig" not in answer["error"]


def test_neither_the_web_application_nor_the_worker_loads_what_draws(tmp_path):
    asked = (
        "import sys, incubator.worker; from incubator.app import create_app; create_app();"
        f"print(sorted(set(sys.modules) & {HEAVY!r}), 'incubator.summaries.drawing' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True,
        timeout=60, env={"PATH": os.environ["PATH"], "INSTANCE": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout.split("\n")[0] == "[] True"
