"""The list of visits as a sheet: dates as dates, and no text that a program would run."""

from collections.abc import Iterable

from flask_babel import gettext as _

from incubator.core.sheets.cells import Cell
from incubator.core.sheets.writing import SheetOut
from incubator.visits.models import VisitKind
from incubator.visits.queries import Exported
from incubator.visits.words import KIND_LABELS


def visits_sheet(visits: Iterable[Exported]) -> SheetOut:
    """Lay out visits as rows under Norwegian or English headings."""
    header = (
        _("Date"), _("Company"), _("Organisation number"), _("Municipality"), _("Kind"), _("Who"),
        _("Organisation"), _("From the company"), _("Colleagues"), _("About"), _("Needs"),
        _("Ideas"), _("Shared"),
    )  # fmt: skip
    kinds = {kind: str(label) for kind, label in KIND_LABELS.items()}
    yes_no = {True: _("yes"), False: _("no")}
    return SheetOut(_("Visits"), header, [_cells(one, kinds, yes_no) for one in visits])


def _cells(one: Exported, kinds: dict[VisitKind, str], yes_no: dict[bool, str]) -> list[Cell]:
    row = one.row
    return [
        row.occurred_on, row.company, one.orgnr, row.municipality, kinds[row.kind], row.visitor,
        row.organisation, one.contacts or None, one.colleagues or None, row.about, row.needs,
        one.ideas or None, yes_no[row.is_shared],
    ]  # fmt: skip
