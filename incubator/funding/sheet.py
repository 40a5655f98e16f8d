"""The list of applications as a sheet: dates as dates, amounts as numbers."""

from collections.abc import Iterable

from flask_babel import gettext as _

from incubator.core.sheets import Cell, SheetOut
from incubator.funding.queries import Listed
from incubator.funding.words import GROUP_LABELS, STATUS_LABELS


def applications_sheet(found: Iterable[Listed]) -> SheetOut:
    """Lay out applications as rows under Norwegian or English headings."""
    header = (
        _("Number in the list"), _("What it is about"), _("Company"), _("Funding scheme"),
        _("The funder's case number"), _("Group"), _("Status"), _("Since"), _("Deadline"),
        _("Planned to be sent"), _("Sent"), _("Report due"), _("Sought"), _("Granted"),
        _("Paid"), _("Returned"), _("Who is responsible"),
    )  # fmt: skip
    return SheetOut(_("Applications"), header, [_cells(one) for one in found])


def _cells(one: Listed) -> list[Cell]:
    return [
        one.id, one.what, one.company, one.instrument, one.reference,
        str(GROUP_LABELS[one.group]), str(STATUS_LABELS[one.status]), one.status_on,
        one.deadline_on, one.planned_on, one.sent_on, one.report_due_on, one.sought_nok,
        one.granted_nok, one.paid_nok, one.returned_nok, one.owner,
    ]  # fmt: skip
