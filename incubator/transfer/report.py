"""Tell what an import does: as JSON, as lines of text, as a file of the rows to mend."""

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from incubator.core.sheets import Broken, Cell, SheetOut
from incubator.transfer.bulk import ListPlan
from incubator.transfer.headers import HeaderError
from incubator.transfer.lists import ListOf
from incubator.transfer.messages import explain_cell, explain_problem
from incubator.transfer.rows import BadRow


def as_json(plan: ListPlan) -> dict[str, Any]:
    """Give the counts and every error of every bad row, as the command line prints them."""
    return {
        "accepted": len(plan.rows),
        "rejected": [
            {
                "row": bad.number,
                "errors": [
                    {
                        "column": error.column,
                        "reason": explain_cell(error, bad.number, plan.listed.header),
                    }
                    for error in sorted(bad.errors, key=lambda error: error.column)
                ],
            }
            for bad in plan.listed.bad
        ],
        "duplicates": len(plan.repeated),
        "skipped": plan.listed.skipped_count,
    }


def reasons(entries: ListOf[Any], bad: BadRow) -> list[str]:
    """Say all that is wrong with a row, cell by cell."""
    return [explain_cell(error, bad.number, entries.header) for error in bad.errors]


def rows_to_mend(entries: ListOf[Any]) -> SheetOut:
    """Give the bad rows as a sheet under their own header, with what is wrong at the end.

    It can be mended and imported again: the last column is none that the import reads.
    """
    width = max([*entries.header.labels, *(len(bad.row.values) - 1 for bad in entries.bad)]) + 1
    header = [entries.header.labels.get(index, "") for index in range(width)]
    return SheetOut(
        title=entries.sheet or _("Rows to mend"),
        header=[*header, _("What is wrong")],
        rows=_rows_to_mend(entries, width),
    )


def _rows_to_mend(entries: ListOf[Any], width: int) -> Iterator[list[Cell]]:
    for bad in entries.bad:
        cells = [bad.row.cell(index) for index in range(width)]
        yield [*map(_without_formula, cells), " ".join(reasons(entries, bad))]


def _without_formula(cell: Cell) -> Cell:
    return None if isinstance(cell, Broken) and cell.text == "=" else cell


def mapping_needed(error: HeaderError) -> list[str]:
    """Say what the command line would have to be told, option by option."""
    lines = [explain_problem(error)]
    if error.code != "mapping_needed":
        return lines
    headers: list[tuple[str, str]] = error.details["headers"]
    texts = [text for _letter, text in headers]
    shown = ", ".join(f"{letter}: {text}" for letter, text in headers)
    lines.append(
        _("Row %(row)s has the columns %(columns)s.", row=error.details["row"], columns=shown)
    )
    for key, fitting in error.details["ambiguous"].items():
        options = " | ".join(_option(key, letter, text, texts) for letter, text in fitting)
        lines.append(_("Several columns fit %(key)s: %(options)s", key=key, options=options))
    lines += [
        _("No column fits %(key)s: %(options)s", key=key, options=f'--map "{key}=…"')
        for key in error.details["missing"]
    ]
    return lines


def _option(key: str, letter: str, text: str, texts: list[str]) -> str:
    # Two columns with one header can be told apart by their letters alone.
    return f'--map "{key}={text}"' if texts.count(text) == 1 else f'--map "{key}=[{letter}]"'
