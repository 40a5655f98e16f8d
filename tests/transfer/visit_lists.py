"""Lists of visits for the tests of the import: rows, and the two messy ones in tests/data.

`python -m tests.transfer.visit_lists` writes the two anew.
"""

from datetime import date, datetime

from incubator.core.sheets import SheetOut, write_xlsx
from incubator.transfer.visits.rows import read_visits
from tests.transfer.lists import DATA, TODAY, csv_file, xlsx

HEADER = (
    *("Dato", "Bedrift", "Org.nr", "Kommune", "Kontaktform", "Hvem", "Kontaktperson", "Tema"),
    *("Notat", "Behov"),
)
FILES = {"besok": DATA / "besok.xlsx", "visits": DATA / "visits.csv"}


def visit(on="1.2.2024", company="Granmo AS", **more):
    """Return a row of the usual columns."""
    values = {"Dato": on, "Bedrift": company, **more}
    return [values.get(name) for name in HEADER]


def visits_xlsx(*rows, header=HEADER):
    return xlsx(*rows, header=header)


def visits_csv(*rows, header=HEADER, **options):
    return csv_file(*rows, header=header, **options)


def parse(*rows, header=HEADER, today=TODAY, **options):
    return read_visits(visits_xlsx(*rows, header=header), today, **options)


# What people keep: titles above, a header in words of its own, days in every writing, companies
# spelled in many ways, totals and blank rows, and some rows with something wrong.
_BESOK_HEADER = (
    *("Besøksdato", "Bedriftens navn", "Organisasjonsnummer", "Sted", "Hva slags", "Besøkt av"),
    *("Møtte", "Gjelder", "Referat fra besøket", "Bedriftens behov", "Neste besøk"),
)
_BESOK_ROWS = (
    (
        *(date(2024, 3, 12), "Glommali Sagbruk AS", "389 078 662", "Elverum", "Bedriftsbesøk"),
        *("Kari Nordmann", "Ola Lund (daglig leder), Siri Dahl og Per Moen", "Flis og bark"),
        *("Omvisning i saga.\nDe kaster 40 m3 bark i uka.", "En kunde for bark", "juni"),
    ),
    (datetime(2024, 4, 2, 13, 30), "GLOMMALI SAGBRUK", None, "Elverum kommune", "tlf", "KN"),
    ("15/4-24", "Glommali sagbruk A/S", None, None, "Teams-møte", "Per Utenfra", "siri dahl"),
    (),
    ("1.5.2024", "Furumo", "375291703", "Våler", None, "KN og OH", None, None, "Kort prat", None),
    ("2024-05-02", "Åsheim Møbel ENK", "", "Rena", "Ringte", "", "", "Ny kollektion"),
    # The same visit as in row 5, from a second list that was pasted below.
    ("12.03.2024", "Glommali  Sagbruk", "389078662", "", "besøk", "kari nordmann"),
    ("31.2.2024", "Furumo", "375291703", None, "Brevdue", "KN"),
    ("3.3.2028", "Furumo", None, None, "Besøk", "KN"),
    (None, "Furumo", None, None, "Besøk", "KN"),
    ("3.3.1924", "?", "375291704", None, "Besøk", "KN"),
    ("4.6.2024", "", "302685991", "Oslo", "Fysisk møte", "KN"),
    _BESOK_HEADER,
    ("Totalt", 9),
)
_VISITS_HEADER = ("Company", "Visited", "By", "How", "Contact person", "Notes", "Needs")
_VISITS_ROWS = (
    ("Glommali Sagbruk AS", "2024-03-12", "Kari Nordmann", "Visit", "Ola Lund", "A tour", "-"),
    ("Nyland Mekaniske AS", "2025-01-07", "ola@example.no", "Phone call", "", "Asked; waits", ""),
    ("Nyland Mekaniske", "8 Jan 2025", "Ola Hansen", "Online meeting", "A. Bø", "", "A partner"),
    ("Nyland Mekaniske", "2025-01-09", "Ola Hansen", "Pigeon", "A. Bø", "", ""),
    ("Total: 4 visits", "", "", "", "", "", ""),
)


def write_data():
    """Write the two messy lists."""
    rows = (("Besøksliste for regionen",), (), _BESOK_HEADER, (), *_BESOK_ROWS)
    with FILES["besok"].open("wb") as target:
        write_xlsx(target, [SheetOut("Besøk", rows[0], rows[1:])])
    content = csv_file(*_VISITS_ROWS, header=_VISITS_HEADER, encoding="cp1252")
    FILES["visits"].write_bytes(content.getvalue())


if __name__ == "__main__":
    write_data()
