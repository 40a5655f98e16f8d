"""Why a file cannot be read: a code with details, and a sentence for each code."""

from typing import Any

from flask_babel import lazy_gettext as _l

MESSAGES = {
    "empty": _l("The file is empty. Choose the file that holds the list."),
    "too_large": _l(
        "The file is too large. The limit is %(limit)s MB; "
        "remove pictures and sheets that are not needed."
    ),
    "too_much_content": _l(
        "There is too much in the file to read it safely. "
        "Copy the list into a new workbook and try again."
    ),
    "too_many_rows": _l(
        "The list has too many rows. The limit is %(limit)s rows; divide it into several files."
    ),
    "too_many_columns": _l(
        "The sheet has too many columns. The limit is %(limit)s columns; "
        "remove those that are not needed."
    ),
    "cell_too_long": _l(
        "A cell in row %(row)s holds too much text. The limit is %(limit)s characters."
    ),
    "not_a_spreadsheet": _l(
        "The file is not a spreadsheet. Save the list as an Excel workbook (.xlsx) or as CSV."
    ),
    "web_page": _l(
        "The file is a web page that is named as a spreadsheet. "
        "Open it in Excel and save it as an Excel workbook (.xlsx)."
    ),
    "old_excel": _l(
        "The file is in the old Excel format (.xls). "
        "Open it in Excel and save it as an Excel workbook (.xlsx)."
    ),
    "binary_excel": _l(
        "The file is in the binary Excel format (.xlsb). "
        "Open it in Excel and save it as an Excel workbook (.xlsx)."
    ),
    "open_document": _l(
        "The file is an OpenDocument spreadsheet (.ods). "
        "Open it and save it as an Excel workbook (.xlsx) or as CSV."
    ),
    "password_protected": _l(
        "The file is protected by a password. "
        "Remove the password in Excel, save the file and try again."
    ),
    "damaged": _l(
        "The file is damaged or not complete. Open it in Excel, save it again and try once more."
    ),
    "unknown_letters": _l(
        "The letters of the file cannot be read. "
        "Save it as CSV with UTF-8, or as an Excel workbook (.xlsx)."
    ),
    "other_version": _l(
        "The file was made by another release of the program. Make the export anew."
    ),
    "no_such_column": _l(
        "The sheet %(sheet)s has no column %(column)s any more. Make the export anew."
    ),
    "wrong_cell": _l(
        "The sheet %(sheet)s has “%(value)s” in row %(row)s, column %(column)s, which cannot be. "
        "Make the export anew."
    ),
    "broken_quotes": _l(
        "The quotation marks do not match near row %(row)s. "
        "Save the list as an Excel workbook (.xlsx) instead."
    ),
}


class SheetError(Exception):
    """A file cannot be read as a table."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


def message(error: SheetError) -> str:
    """Say what is wrong and what to do, in the language at hand."""
    return str(MESSAGES[error.code]) % error.details
