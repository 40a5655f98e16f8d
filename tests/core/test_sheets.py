import io
import re
import resource
import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings, strategies as st

from incubator.core import sheets
from incubator.core.sheets import Broken, SheetError, SheetOut, open_tables, write_csv, write_xlsx
from incubator.core.sheets.package import is_date_format
from incubator.core.sheets.workbook import column_index, from_serial

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET = "xl/worksheets/sheet1.xml"


def read(content):
    """Return the values of each table, with the number of each row."""
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    with open_tables(source) as tables:
        return [[(row.number, *row.values) for row in table.rows()] for table in tables]


def code_of(content):
    with pytest.raises(SheetError) as caught:
        read(content)
    text = sheets.message(caught.value)
    assert text and "%(" not in text
    return caught.value.code


def workbook(*rows, **more_sheets):
    """Make a workbook with openpyxl, as other programs would."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for title, its_rows in more_sheets.items():
        page = book.create_sheet(title)
        for row in its_rows:
            page.append(row)
    return saved(book)


def saved(book):
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def shared(*texts):
    """Make a workbook as Excel does, its texts in one table that the cells point into."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, texts)
        page.write_rich_string(1, 0, "Bl", book.add_format({"bold": True}), "å")
    return target.getvalue()


def with_part(name, xml, base=None):
    """Put a part into a workbook in place of its own."""
    target = io.BytesIO()
    base = base or workbook(["a"])
    with zipfile.ZipFile(io.BytesIO(base)) as old, zipfile.ZipFile(target, "w", 8) as new:
        for part in {*old.namelist(), name}:
            new.writestr(part, xml if part == name else old.read(part))
    return target.getvalue()


def with_rows(xml):
    return with_part(SHEET, f"<worksheet {MAIN}><sheetData>{xml}</sheetData></worksheet>")


# --- workbooks ---------------------------------------------------------------------------------


def test_a_workbook_gives_its_values_with_their_types():
    moment = datetime(2024, 2, 3, 10, 30)
    rows = [["Idé", 12, 1.5, True, date(2024, 2, 3), moment, time(8, 15), None, "x"]]
    expected = (1, "Idé", 12, 1.5, True, date(2024, 2, 3), moment, time(8, 15), None, "x")
    assert read(workbook(*rows)) == [[expected]]


def test_rows_keep_the_number_they_have_in_the_file_and_blank_ones_are_left_out():
    content = workbook(["a"], [], [None, "  "], ["b", None, ""], [])
    assert read(content) == [[(1, "a"), (4, "b")]]


def test_several_sheets_come_in_order_and_hidden_ones_say_so():
    book = openpyxl.Workbook()
    book.active.append(["first"])
    hidden = book.create_sheet("Skjult")
    hidden.append(["second"])
    hidden.sheet_state = "hidden"
    book.create_chartsheet("Graf")
    with open_tables(io.BytesIO(saved(book))) as tables:
        assert [(table.title, table.is_hidden) for table in tables] == [
            ("Sheet", False),
            ("Skjult", True),
        ]
        assert [row.values for row in tables[1].rows()] == [("second",)]


def test_merged_cells_have_their_value_once():
    book = openpyxl.Workbook()
    book.active.append(["Datoer", None, "x"])
    book.active.merge_cells("A1:B1")
    assert read(saved(book)) == [[(1, "Datoer", None, "x")]]


def test_a_wrong_dimension_is_not_believed():
    content = workbook(["a", "b"], ["c", "d"])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read(SHEET).decode()
    assert '<dimension ref="A1:B2" />' in xml
    wrong = with_part(SHEET, xml.replace("A1:B2", "A1:A1"), content)
    assert read(wrong) == [[(1, "a", "b"), (2, "c", "d")]]


def test_a_formula_gives_its_stored_result_and_says_when_there_is_none():
    content = with_rows(
        '<row r="1"><c t="str"><f>A1</f><v>text</v></c><c><f>1+1</f><v>2</v></c>'
        '<c><f>1+1</f><v></v></c><c><f>1+1</f></c><c t="str"><f>""</f><v></v></c>'
        '<c t="e"><f>A99</f><v>#REF!</v></c></row>'
    )
    none = Broken("=")
    assert read(content) == [[(1, "text", 2, none, none, None, Broken("#REF!"))]]
    assert read(workbook(["=SUM(B1:B9)"])) == [[(1, none)]]


def test_inline_and_shared_strings_are_read_without_readings_and_with_escapes():
    content = with_rows(
        '<row><c t="inlineStr"><is><t>Bl</t><r><t>å</t></r><rPh><t>x</t></rPh></is></c>'
        '<c t="inlineStr"><is><t>a_x000A_b _x005F_x0041_</t></is></c></row>'
    )
    assert read(content) == [[(1, "Blå", "a\nb _x0041_")]]
    content = shared("Østli", "Østli", " to\nlinjer ", "_x0041_")
    assert "xl/sharedStrings.xml" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert read(content) == [[(1, "Østli", "Østli", " to\nlinjer ", "_x0041_"), (2, "Blå")]]


def test_the_strict_format_and_other_prefixes_are_read():
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    xml = (
        f'<x:worksheet xmlns:x="{strict}"><x:sheetData><x:row r="2"><x:c r="B2"><x:v>7</x:v>'
        '</x:c><x:c r="D2" t="d"><x:v>2024-02-03T00:00:00</x:v></x:c></x:row></x:sheetData>'
        "</x:worksheet>"
    )
    assert read(with_part(SHEET, xml)) == [[(2, None, 7, None, date(2024, 2, 3))]]


def test_a_row_for_every_number_in_between_is_not_made():
    assert read(with_rows('<row r="1048576"><c><v>1</v></c></row>')) == [[(1_048_576, 1)]]


@pytest.mark.parametrize(
    "code, expected",
    [
        ("dd.mm.yyyy", True),
        ("[$-414]d. mmmm yyyy;@", True),
        ("h:mm", True),
        ("General", False),
        ("0.00", False),
        ('#,##0 "mnok d"', False),
        ("[Red]#,##0", False),
        ("#,##0\\ \\m", False),
        ("0.00E+00", False),
        ("@", False),
    ],
)
def test_a_number_format_tells_days_from_numbers(code, expected):
    assert is_date_format(code) is expected


def test_serial_numbers_become_days():
    assert from_serial(1) == date(1900, 1, 1)
    assert from_serial(59) == date(1900, 2, 28)
    assert from_serial(61) == date(1900, 3, 1)
    assert from_serial(45_321) == date(2024, 1, 30)
    assert from_serial(0.5) == time(12, 0)
    assert from_serial(45_321.75) == datetime(2024, 1, 30, 18)
    assert from_serial(-1) == from_serial(9e9) == Broken("#VALUE!")
    assert from_serial(0, datetime(1904, 1, 1)) == date(1904, 1, 1)


def test_column_references_are_counted():
    assert [column_index(name) for name in ("A1", "Z9", "AA1", "XFD1")] == [0, 25, 26, 16_383]


# --- CSV ---------------------------------------------------------------------------------------

NORWEGIAN = "Tittel;Beløp\r\nBlåbær;1,5\r\n;;\r\n\r\nÆrlig;2\r\n"
EXPECTED = [[(1, "Tittel", "Beløp"), (2, "Blåbær", "1,5"), (5, "Ærlig", "2")]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_norwegian_letters_are_read_in_every_encoding(encoding):
    assert read(NORWEGIAN.encode(encoding)) == EXPECTED


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_the_separator_is_found_though_others_stand_in_the_text(separator):
    lines = [
        ["Ideer, bedrifter; og\tannet"],
        ["Tittel", "Bedrift", "Beløp"],
        ["a, b", "c; d", "e\tf"],
        ["g", "h", "1,2 mill"],
    ]
    text = "\n".join(separator.join(f'"{cell}"' for cell in line) for line in lines)
    assert (
        read(text.encode())[0][1:]
        == [(number, *line) for number, line in enumerate(lines, start=1)][1:]
    )


def test_the_separator_line_of_excel_is_obeyed():
    assert read(b"sep=|\r\na|b,c\r\n") == [[(2, "a", "b,c")]]


def test_quoted_cells_may_hold_separators_quotes_and_lines_and_rows_are_counted_as_excel_does():
    content = b'a;b\n"to\nlinjer; her";"sa ""hei"""\nc;d\n'
    assert read(content) == [[(1, "a", "b"), (2, "to\nlinjer; her", 'sa "hei"'), (3, "c", "d")]]


def test_control_characters_do_not_get_in():
    assert read(b"a\x1a;b\n") == [[(1, "a", "b")]]


# --- what is no table --------------------------------------------------------------------------

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    "content, code",
    [
        (b"", "empty"),
        (b" \r\n\n  \t", "empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "not_a_spreadsheet"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not_a_spreadsheet"),
        (b"MZ\x90\0\x03\0\0\0", "not_a_spreadsheet"),
        (b"GIF89a;b;c", "not_a_spreadsheet"),
        (OLE + "Workbook".encode("utf-16-le"), "old_excel"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password_protected"),
        (OLE + "WordDocument".encode("utf-16-le"), "not_a_spreadsheet"),
        (b"<html><body><table><tr><td>a;b</td></tr></table>", "web_page"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
         "old_excel"),
        (b"PK\x05\x06" + bytes(18), "not_a_spreadsheet"),
        (b"PK\x03\x04 nothing more", "damaged"),
        (b"a;b\nc;\x81\x8d\xff\n", "unknown_letters"),
        (b"\xff\xfea", "unknown_letters"),
        (b'Tittel;Fase\na;"b\nc;d\ne;f\n', "broken_quotes"),
        (b";".join([b"x"] * 201), "too_many_columns"),
        (b"a;" + b"x" * 40_000, "cell_too_long"),
        (b'a;"' + b"x" * 200_000 + b'"', "cell_too_long"),
    ],
)  # fmt: skip
def test_what_is_no_table_gets_a_clear_answer(content, code):
    assert code_of(content) == code


def zipped(**parts):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return target.getvalue()


def test_other_zips_are_told_apart():
    ods = "application/vnd.oasis.opendocument.spreadsheet"
    assert code_of(zipped(mimetype=ods)) == "open_document"
    assert code_of(zipped(xl__workbook_dot_bin="x")) == "binary_excel"
    assert code_of(zipped(word__document_dot_xml="<x/>")) == "not_a_spreadsheet"
    assert code_of(zipped(xl__workbook_dot_xml="")) == "damaged"


def test_content_decides_and_not_the_name(tmp_path):
    named_csv = tmp_path / "list.csv"
    named_csv.write_bytes(workbook(["a", "b"]))
    assert read(named_csv) == [[(1, "a", "b")]]
    named_xlsx = tmp_path / "list.xlsx"
    named_xlsx.write_bytes(b"a;b\n")
    assert read(str(named_xlsx)) == [[(1, "a", "b")]]


def test_a_file_that_is_cut_off_is_damaged():
    whole = workbook(["a"])
    assert code_of(whole[: len(whole) // 2]) == "damaged"
    assert code_of(with_part(SHEET, f"<worksheet {MAIN}><sheetData><row>")) == "damaged"


@pytest.mark.parametrize(
    "xml",
    [
        '<row r="2"/><row r="1"/>',
        '<row r="10000000000"/>',
        '<row r="x"/>',
        '<row><c t="s"><v>99</v></c></row>',
        "<row><c><v>12x</v></c></row>",
        f"<row><c><v>{'9' * 5000}</v></c></row>",
        '<row><c r="1A"><v>1</v></c></row>',
        '<row><c t="d"><v>yesterday</v></c></row>',
    ],
)
def test_cells_that_cannot_be_are_damage(xml):
    assert code_of(with_rows(xml)) == "damaged"


# --- bounds ------------------------------------------------------------------------------------


def test_a_file_beyond_the_limit_is_not_read(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.seek(20 * 1024 * 1024)
        file.write(b"x")
    assert code_of(path) == "too_large"


def lines_of_laughter():
    entities = ['<!ENTITY a "ha">']
    entities += [f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)]
    return (
        f'<?xml version="1.0"?><!DOCTYPE x [{"".join(entities)}]><worksheet {MAIN}><sheetData>'
        '<row r="1"><c t="str"><v>&j;</v></c></row></sheetData></worksheet>'
    )


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", "_rels/.rels"])
def test_a_document_with_entities_is_refused_wherever_it_stands(part):
    assert code_of(with_part(part, lines_of_laughter())) == "damaged"


def forget_most_memory():
    """Begin anew to note how much memory there was at most, where the system can (Linux)."""
    with suppress(FileNotFoundError):
        Path("/proc/self/clear_refs").write_text("5")


def most_memory():
    """Say how much memory the process has had at most, in kB."""
    with suppress(FileNotFoundError):
        return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def bomb(piece, times, before):
    return with_part(SHEET, f"<worksheet {MAIN}>{before}".encode() + piece.encode() * times)


@pytest.mark.parametrize(
    "piece, times, before, code",
    [
        (" ", 210 * 1024 * 1024, "", "too_much_content"),
        ("<a>", 5_000_000, "", "too_much_content"),
        ("x", 60_000_000, '<a b="', "too_much_content"),
        ("x", 60_000_000, '<sheetData><row><c t="str"><v>', "cell_too_long"),
    ],
    ids=["size", "depth", "tag", "text"],
)
def test_a_bomb_is_refused_before_it_takes_memory(piece, times, before, code):
    content = bomb(piece, times, before)
    assert len(content) < 300_000
    forget_most_memory()
    before = most_memory()
    assert code_of(content) == code
    assert most_memory() - before < 40 * 1024


def test_elements_are_counted_over_the_whole_workbook(monkeypatch):
    monkeypatch.setattr("incubator.core.sheets.package.MAX_ELEMENTS", 1_000)
    assert read(with_rows("<row><c><v>1</v></c></row>" * 100))
    assert code_of(with_rows("<row><c/></row>" * 1_000)) == "too_much_content"


def test_shared_strings_are_counted(monkeypatch):
    monkeypatch.setattr("incubator.core.sheets.package.MAX_SHARED_CHARACTERS", 100)
    assert read(shared("x" * 90))
    assert code_of(shared("x" * 60, "y" * 60)) == "too_much_content"


def test_many_members_are_refused(monkeypatch):
    monkeypatch.setattr("incubator.core.sheets.package.MAX_MEMBERS", 3)
    assert code_of(workbook(["a"])) == "too_much_content"


def test_a_wide_row_is_refused_only_where_something_stands_in_it():
    assert read(with_rows('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"/></row>')) == [[(1, 1)]]
    wide = with_rows('<row r="1"><c r="XFD1"><v>1</v></c></row>')
    assert code_of(wide) == "too_many_columns"


# --- writing -----------------------------------------------------------------------------------

DANGEROUS = ["=1+1", "+47 62 00 00 00", "-5", "@SUM(A1)", "\tx", "=cmd|' /C calc'!A0", "'=x", "'x"]


def xlsx(*rows, header=("Kolonne",)):
    target = io.BytesIO()
    write_xlsx(target, [SheetOut("Ark: 1/2", header, rows)])
    return target.getvalue()


def csv_text(*rows, header=("Kolonne",)):
    target = io.StringIO(newline="")
    write_csv(target, header, rows)
    return target.getvalue()


def test_text_in_a_workbook_is_never_a_formula():
    content = xlsx(*([text] for text in DANGEROUS))
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    cells = [page.cell(row=number, column=1) for number in range(2, len(DANGEROUS) + 2)]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert [row[1] for row in read(content)[0][1:]] == DANGEROUS


def test_text_in_csv_cannot_become_a_formula_and_comes_back_as_it_was():
    text = csv_text(*([text] for text in DANGEROUS))
    cells = [line.strip('"')[:1] for line in text.lstrip("\ufeff").split("\r\n")[1:-1]]
    assert set(cells) == {"'"}
    assert [row[1] for row in read(text.encode())[0][1:]] == DANGEROUS


def test_a_workbook_comes_back_with_its_types():
    moment = datetime(2024, 2, 3, 10, 30)
    row = ["Blå", 12, 1.5, True, date(2024, 2, 3), moment, None, "=1", "375291703", 0]
    content = xlsx(row, header=[str(n) for n in range(10)])
    assert read(content)[0][1][1:] == tuple(row)
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    assert page.title == "Ark  1 2"
    assert page["E2"].number_format == "dd.mm.yyyy"
    assert page["E2"].is_date


def test_instants_and_numbers_beyond_excel_are_written_without_loss():
    instant = datetime(2024, 2, 3, 10, 30, tzinfo=UTC)
    rows = read(xlsx([instant, 10**17, Broken("#REF!"), time(8, 5)], header=list("abcd")))
    assert rows[0][1][1:] == (datetime(2024, 2, 3, 10, 30), str(10**17), "#REF!", "08:05:00")


def test_csv_is_what_norwegian_excel_opens():
    text = csv_text(["Blå", 1.5, date(2024, 2, 3), None, True], header=["a", "b", "c", "d", "e"])
    assert text == "\ufeffa;b;c;d;e\r\nBlå;1,5;2024-02-03;;1\r\n"


def test_a_row_longer_than_the_header_and_an_odd_title_do_not_break_writing():
    target = io.BytesIO()
    write_xlsx(
        target, [SheetOut("'[]:*?/\\'" + "x" * 40, ["a"], [["b", "c"]]), SheetOut("", [], [])]
    )
    assert read(target.getvalue())[0] == [(1, "a"), (2, "b", "c")]


printable = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp"), exclude_characters="\ufeff"),
    max_size=40,
).filter(lambda text: text.strip())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(printable, min_size=2, max_size=3), min_size=1, max_size=5))
def test_any_text_comes_back_from_both_formats(rows):
    header = ["Tittel", "Fase", "Merknad"]
    expected = [(1, *header)] + [(n, *row) for n, row in enumerate(rows, start=2)]
    assert read(csv_text(*rows, header=header).encode()) == [expected]
    assert read(xlsx(*rows, header=header)) == [expected]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dates(date(1900, 3, 1), date(2199, 12, 31)), min_size=1, max_size=5))
def test_any_day_comes_back_from_a_workbook(days):
    assert [row[1] for row in read(xlsx(*([day] for day in days)))[0][1:]] == days


@settings(max_examples=40, deadline=None)
@given(st.datetimes(datetime(1901, 1, 1), datetime(2199, 1, 1)))
def test_any_moment_comes_back_to_the_second(moment):
    found = read(xlsx([moment]))[0][1][1]
    found = datetime.combine(found, time()) if type(found) is date else found
    assert abs(found - moment) <= timedelta(seconds=1)
