"""Lists for the tests of the import, made of rows."""

import io
import json
from datetime import date
from pathlib import Path

from incubator.core.sheets import SheetOut, write_csv, write_xlsx
from incubator.transfer.lists import read_list

DATA = Path(__file__).parents[1] / "data"
TODAY = date(2026, 11, 22)
HEADER = (
    *("Idé", "Bedrift", "Org.nr", "Kommune", "Fase", "Ansvarlig", "Registrert", "Case fra"),
    *("Inkubator fra", "Søknad sendt", "Kommersialisert", "Omsøkt beløp", "Arbeidsplasser"),
    "Status",
)
FILES = {"ideliste": DATA / "ideliste.xlsx", "ideas": DATA / "ideas.csv"}


def expected(name):
    """Return what one of the two lists must become."""
    return json.loads((DATA / f"{name}.expected.json").read_text(encoding="utf-8"))


def xlsx(*rows, header=HEADER):
    target = io.BytesIO()
    write_xlsx(target, [SheetOut("Ideer", header, rows)])
    target.seek(0)
    return target


def csv_file(*rows, header=HEADER, encoding="utf-8"):
    target = io.StringIO(newline="")
    write_csv(target, header, rows)
    return io.BytesIO(target.getvalue().lstrip("\ufeff").encode(encoding))


def idea(title="Biokull", stage="Idé", registered="1.2.2024", **more):
    """Return a row of the usual columns."""
    values = {"Idé": title, "Fase": stage, "Registrert": registered, "Bedrift": "Granmo AS", **more}
    return [values.get(name) for name in HEADER]


def parse(*rows, header=HEADER, today=TODAY, **options):
    return read_list(xlsx(*rows, header=header), today, **options)
