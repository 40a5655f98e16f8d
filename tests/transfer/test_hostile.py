"""A file that means harm, or is not what it says, gets a clear answer soon, whatever it holds."""

import io
import time
import zipfile
from functools import cache

import openpyxl
import pytest
from flask import Flask
from flask_babel import Babel

from incubator.core.sheets import SheetError
from incubator.transfer import lists
from incubator.transfer.headers import HeaderError
from incubator.transfer.kinds import LISTS
from incubator.transfer.messages import explain_problem
from incubator.transfer.report import rows_to_mend
from incubator.transfer.words import STAGE_BY_WORD
from tests.transfer.lists import TODAY

HEADERS = {
    "ideas": ["Idé", "Bedrift", "Fase", "Registrert"],
    "visits": ["Dato", "Bedrift", "Hvem", "Notat"],
    "companies": ["Bedrift", "Org.nr", "Ansatte", "Kommune"],
    "applications": ["Prosjekt", "Bedrift", "Status", "Sendt"],
    "jobs": ["Bedrift", "Arbeidsplasser", "Dato", "Type"],
}
GOOD = {
    "ideas": ["Robot", "Åsen AS", "Idé", "1.2.2025"],
    "visits": ["1.2.2025", "Åsen AS", "Kari", "Prat"],
    "companies": ["Åsen AS", "", "12", "Elverum"],
    "applications": ["Robot", "Åsen AS", "Sendt", "1.2.2025"],
    "jobs": ["Åsen AS", "3", "1.2.2025", "Nye"],
}
LIMIT = 600  # rows, in the place of 20 000: a file of 200 000 takes as long as that limit
SECONDS = 5  # of one processor


@pytest.fixture(autouse=True)
def today(clock):
    clock.set(TODAY)


@pytest.fixture
def app_context():
    """Give the language in which refusals are said."""
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


def stage_words(kind):
    return STAGE_BY_WORD if kind == "ideas" else None


def book(kind, *, change=lambda _sheet: None):
    made = openpyxl.Workbook()
    made.active.append(HEADERS[kind])
    made.active.append(GOOD[kind])
    change(made.active)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def rezipped(content, parts):
    """Give a workbook with some of its parts replaced or added."""
    file = io.BytesIO()
    new = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(io.BytesIO(content)) as old, new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, part in parts.items():
            new.writestr(name, part)
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><worksheet><sheetData><row r="1"><c r="A1" '
    b't="inlineStr"><is><t>&c;</t></is></c></row></sheetData></worksheet>'
)


@cache
def bomb(_kind="ideas"):
    return rezipped(book("ideas"), {SHEET: b"<worksheet>" + b" " * 250_000_000 + b"</worksheet>"})


def lines(kind, number, encoding="utf-8"):
    rows = [";".join(HEADERS[kind]), *([";".join(GOOD[kind])] * number)]
    return "\n".join(rows).encode(encoding)


def many_columns(sheet):
    for column in range(5, 1001):
        sheet.cell(1, column).value = f"Kolonne {column}"


def merged(sheet):
    sheet.insert_rows(1)
    sheet["A1"] = "Vår liste"
    sheet.merge_cells("A1:D1")


def formulas(sheet):
    sheet.append(['=HYPERLINK("http://x.no","x")'] * 4)


REFUSED = {
    "a zip bomb": lambda _kind: bomb(),
    "a billion laughs": lambda kind: rezipped(book(kind), {SHEET: LAUGHS}),
    "too many rows": lambda kind: lines(kind, LIMIT + 1),
    "1 000 columns": lambda kind: book(kind, change=many_columns),
    "a picture": lambda _kind: b"\x89PNG\r\n\x1a\n" + b"\0" * 500,
    "an old workbook": lambda _kind: (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"W\0o\0r\0k\0b\0o\0o\0k\0"
    ),
    "half a file": lambda kind: book(kind)[:900],
    "nothing": lambda _kind: b"",
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_in_words_and_in_little_time(app_context, monkeypatch, name, what):
    monkeypatch.setattr(lists, "MAX_ROWS", LIMIT)
    content = REFUSED[what](name)
    began = time.process_time()
    with pytest.raises((SheetError, HeaderError)) as no:
        LISTS[name].read(io.BytesIO(content), stage_words(name))
    assert time.process_time() - began < SECONDS
    assert len(explain_problem(no.value)) > 20


READ = {
    "macros": lambda kind: rezipped(book(kind), {"xl/vbaProject.bin": b"\0" * 5000}),
    "a merged title": lambda kind: book(kind, change=merged),
    "Windows letters": lambda kind: lines(kind, 1, "cp1252"),
    "UTF-16": lambda kind: lines(kind, 1, "utf-16"),
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("what", READ)
def test_it_is_read_as_what_it_is(app_context, name, what):
    found = LISTS[name].read(io.BytesIO(READ[what](name)), stage_words(name))
    assert len(found.good) == 1 and found.bad == []
    assert found.good[0].company.name == "Åsen AS"


@pytest.mark.parametrize("name", LISTS)
def test_a_formula_is_no_value_and_goes_back_as_none(app_context, name):
    found = LISTS[name].read(io.BytesIO(book(name, change=formulas)), stage_words(name))
    assert len(found.good) == 1 and len(found.bad) == 1
    [row] = list(rows_to_mend(found).rows)
    assert not any(isinstance(cell, str) and cell.startswith("=") for cell in row)


@pytest.mark.parametrize("name", LISTS)
def test_a_hidden_sheet_is_read_only_where_no_other_is_a_list(app_context, name):
    made = openpyxl.Workbook()
    made.active.title, made.active.sheet_state = "Skjult", "hidden"
    for sheet, rows in ((made.active, 3), (made.create_sheet("Synlig"), 1)):
        sheet.append(HEADERS[name])
        for _ in range(rows):
            sheet.append(GOOD[name])
    file = io.BytesIO()
    made.save(file)
    found = LISTS[name].read(file, stage_words(name))
    assert found.sheet == "Synlig"
