"""Tables as files: .xlsx and .csv, read in bounded memory and time, written without formulas.

What a file is, is decided by its content and not by its name. Reading streams: a file is a few
tables, a table its rows with their numbers in the file.
"""

from incubator.core.sheets.cells import Broken, Cell, Row, Table
from incubator.core.sheets.errors import SheetError, message
from incubator.core.sheets.reading import open_tables
from incubator.core.sheets.writing import SheetOut, as_csv, as_xlsx, write_csv, write_xlsx

__all__ = [
    "Broken",
    "Cell",
    "Row",
    "SheetError",
    "SheetOut",
    "Table",
    "as_csv",
    "as_xlsx",
    "message",
    "open_tables",
    "write_csv",
    "write_xlsx",
]
