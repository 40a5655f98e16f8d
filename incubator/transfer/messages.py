"""What the import says: a sentence for each reason, warning and problem with a header."""

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from incubator.core.sheets import SheetError, message
from incubator.ideas.models import StageKind
from incubator.transfer.companies import rows as firms
from incubator.transfer.headers import Header, HeaderError, column_letter
from incubator.transfer.records import applications as applied, jobs as work
from incubator.transfer.rows import CellError
from incubator.transfer.visits.words import (
    ABOUT,
    CONTACTS,
    KIND,
    NEEDS,
    NOTES,
    OCCURRED_ON,
    VISITOR,
)
from incubator.transfer.words import (
    AMOUNT,
    COMPANY,
    DATE_COLUMNS,
    JOBS,
    MUNICIPALITY,
    ORGNR,
    OWNER,
    REMARK,
    STAGE,
    TITLE,
)

KEY_LABELS = {
    TITLE: _l("Title"),
    COMPANY: _l("Company"),
    ORGNR: _l("Organisation number"),
    MUNICIPALITY: _l("Municipality"),
    STAGE: _l("Stage"),
    OWNER: _l("Owner"),
    **dict(
        zip(
            DATE_COLUMNS.values(),
            (
                _l("Date registered"),
                _l("Date of the case"),
                _l("Date of the incubator"),
                _l("Date the application was sent"),
                _l("Date commercialised"),
            ),
            strict=True,
        )
    ),
    AMOUNT: _l("Amount sought"),
    JOBS: _l("Expected jobs"),
    REMARK: _l("Remark"),
}

VISIT_KEY_LABELS = {
    OCCURRED_ON: _l("Date"),
    COMPANY: KEY_LABELS[COMPANY],
    ORGNR: KEY_LABELS[ORGNR],
    MUNICIPALITY: KEY_LABELS[MUNICIPALITY],
    KIND: _l("Kind of visit"),
    VISITOR: _l("Who visited"),
    CONTACTS: _l("Who was met"),
    ABOUT: _l("About"),
    NOTES: _l("Notes"),
    NEEDS: _l("Needs"),
}
COMPANY_KEY_LABELS = {
    COMPANY: KEY_LABELS[COMPANY],
    ORGNR: KEY_LABELS[ORGNR],
    MUNICIPALITY: KEY_LABELS[MUNICIPALITY],
    firms.INDUSTRY: _l("Industry code"),
    firms.FOUNDED: _l("Founded"),
    firms.EMPLOYEES: _l("Employees"),
    firms.CONTACT: _l("Contact"),
    firms.POSITION: _l("Position"),
    firms.TELEPHONE: _l("Telephone"),
    firms.EMAIL: _l("E-mail"),
}
APPLICATION_KEY_LABELS = {
    TITLE: _l("What it is about"),
    COMPANY: KEY_LABELS[COMPANY],
    ORGNR: KEY_LABELS[ORGNR],
    MUNICIPALITY: KEY_LABELS[MUNICIPALITY],
    applied.INSTRUMENT: _l("Funding scheme"),
    applied.STATUS: _l("Status"),
    applied.SENT_ON: _l("Sent"),
    applied.DECIDED_ON: _l("Decided"),
    applied.REPORTED_ON: _l("Final report sent"),
    applied.DEADLINE_ON: _l("Deadline"),
    AMOUNT: _l("Amount sought"),
    applied.GRANTED: _l("Amount granted"),
    applied.REFERENCE: _l("The funder's case number"),
    OWNER: KEY_LABELS[OWNER],
}
JOB_KEY_LABELS = {
    COMPANY: KEY_LABELS[COMPANY],
    ORGNR: KEY_LABELS[ORGNR],
    MUNICIPALITY: KEY_LABELS[MUNICIPALITY],
    TITLE: _l("Idea"),
    work.NUMBER: _l("Number"),
    work.OCCURRED_ON: _l("Date"),
    work.KIND: _l("Kind"),
    work.STATE: _l("State"),
    work.UNIT: _l("Counted in"),
    work.SOURCE: _l("Source"),
    REMARK: KEY_LABELS[REMARK],
}
# By the name of the kind of list.
LIST_LABELS = {
    "ideas": _l("Ideas"),
    "visits": _l("Visits"),
    "companies": _l("Companies"),
    "applications": _l("Applications"),
    "jobs": _l("Jobs"),
    "archive": _l("An export of this program"),
}
LABELS_OF: dict[str, dict[str, Any]] = {
    "ideas": KEY_LABELS,
    "visits": VISIT_KEY_LABELS,
    "companies": COMPANY_KEY_LABELS,
    "applications": APPLICATION_KEY_LABELS,
    "jobs": JOB_KEY_LABELS,
    "archive": {},
}
ALL_LABELS = {
    **APPLICATION_KEY_LABELS, **COMPANY_KEY_LABELS, **JOB_KEY_LABELS, **KEY_LABELS,
    **VISIT_KEY_LABELS,
}  # fmt: skip

STAGE_LABELS = {
    StageKind.IDEA: _l("Idea"),
    StageKind.CASE: _l("Case"),
    StageKind.INCUBATOR: _l("Incubator company"),
    StageKind.APPLICATION: _l("R&D application"),
    StageKind.MARKET: _l("Commercialisation"),
}

REASONS = {
    "missing": _l("The cell is empty. It must be filled in."),
    "not_text": _l("“%(value)s” is no text."),
    "too_long": _l("The text is too long. The limit is %(limit)s characters."),
    "broken_cell": _l("“%(value)s” is an error in the sheet. Write the value instead."),
    "formula": _l("The formula has no result. Open the file in Excel, save it, and try again."),
    "bad_date": _l("“%(value)s” is no date. Write it as 21.11.2026."),
    "no_such_day": _l("There is no such day as “%(value)s”."),
    "unclear_year": _l("Which century is “%(value)s”? Write the year with four digits."),
    "future_date": _l("%(value)s is in the future. Write the day when it happened."),
    "no_date": _l("The row has no date at all. Write when the idea was registered."),
    "runs_backwards": _l(
        "%(value)s is before %(other_value)s (%(other)s). Put the dates in order."
    ),
    "beyond_stage": _l(
        "%(value)s is the date of a later stage than the row's own (%(stage)s). "
        "Change the stage or take the date away."
    ),
    "bad_amount": _l("“%(value)s” is no amount. Write whole kroner, such as 1 200 000."),
    "amount_unit": _l("“%(value)s” kroner, or millions? Write whole kroner, or 1,2 mill."),
    "amount_too_large": _l("“%(value)s” is more than %(limit)s kroner. Is the amount right?"),
    "negative": _l("“%(value)s” is less than nothing."),
    "bad_number": _l("“%(value)s” is no whole number."),
    "not_whole": _l("“%(value)s” is no whole number."),
    "too_many_jobs": _l("“%(value)s” is more than %(limit)s. Is the number right?"),
    "bad_orgnr": _l("“%(value)s” is no organisation number. It has nine digits."),
    "orgnr_check_digit": _l("“%(value)s” is no organisation number: the last digit does not fit."),
    "unknown_stage": _l("“%(value)s” is no stage. Write one of: %(accepted)s."),
    "too_long_ago": _l("%(value)s is before %(earliest)s. Is the year right?"),
    "no_name": _l("“%(value)s” is no name."),
    "unknown_kind": _l("“%(value)s” is no kind of visit. Write one of: %(accepted)s."),
    "whose_contact": _l("There is a telephone or an e-mail address, but no name of a contact."),
    "bad_industry": _l("“%(value)s” is no industry code. Write it as 16.100."),
    "bad_email": _l("“%(value)s” is no e-mail address."),
    "unknown_status": _l("“%(value)s” is no status. Write one of: %(accepted)s."),
    "unknown_word": _l("“%(value)s” is not known here. Write one of: %(accepted)s."),
    "granted_needs_amount": _l("It was granted: how much? Write the amount in whole kroner."),
    "too_many_people": _l("More than %(limit)s people stand in the cell."),
}

WARNINGS = {
    "outside_region": _l("%(value)s lies outside the region."),
    "many_municipalities": _l(
        "Several municipalities are called %(value)s. The idea gets none; choose it on the card."
    ),
    "unknown_municipality": _l(
        "There is no municipality called %(value)s. The text is kept on the card."
    ),
    "many_owners": _l("Several people are called %(value)s. The card keeps the name alone."),
    "many_municipalities_of_visit": _l(
        "Several municipalities are called %(value)s. The text is kept with the notes."
    ),
    "unknown_municipality_of_visit": _l(
        "There is no municipality called %(value)s. The text is kept with the notes."
    ),
    "many_visitors": _l("Several people are called %(value)s. The visit keeps the name alone."),
    "completes": _l("Gives %(value)s what it lacks here."),
    "new_contact": _l("%(value)s becomes a contact."),
    "joins_idea": _l("Belongs to the idea %(value)s."),
    "estimated_record": _l("Some of its days are estimated: %(value)s."),
    "many_municipalities_of_company": _l(
        "Several municipalities are called %(value)s. The company gets none."
    ),
    "unknown_municipality_of_company": _l(
        "There is no municipality called %(value)s. The company gets none."
    ),
    "many_municipalities_of_record": _l(
        "Several municipalities are called %(value)s. The company's is used where it is known."
    ),
    "unknown_municipality_of_record": _l(
        "There is no municipality called %(value)s. The company's is used where it is known."
    ),
    "estimated": _l("The date of the stage is estimated: %(value)s."),
}

HEADER_PROBLEMS = {
    "no_header": _l(
        "No header was found in the first 20 rows. The list needs a row with the names of its "
        "columns, with at least the idea and its stage."
    ),
    "no_visit_header": _l(
        "No header was found in the first 20 rows. The list needs a row with the names of its "
        "columns, with at least the date and the company."
    ),
    "no_company_header": _l(
        "No header was found in the first 20 rows. The list needs a row with the names of its "
        "columns, with at least the company and one thing about it."
    ),
    "no_application_header": _l(
        "No header was found in the first 20 rows. The list needs a row with the names of its "
        "columns, with at least the company and what the application is about."
    ),
    "no_job_header": _l(
        "No header was found in the first 20 rows. The list needs a row with the names of its "
        "columns, with at least the company, the number and the date."
    ),
    "no_list_header": _l(
        "No header was found in the first 20 rows. The list needs a row with the names of its "
        "columns: at least the idea and its stage, or the date of a visit and the company."
    ),
    "unknown_header": _l("The columns that were named are not in the list."),
    "unknown_key": _l("There is no column key %(keys)s. The keys are: %(known)s."),
    "mapping_needed": _l("It must be said which column is which."),
    "unknown_sheet": _l("There is no sheet “%(sheet)s”. The sheets are: %(sheets)s."),
    "no_sheets": _l("The file has no sheets that a name could choose between."),
    "whole_archive": _l("An export of this program is imported as a whole, not by its sheets."),
}


def explain_cell(error: CellError, row: int, header: Header) -> str:
    """Say which cell is wrong, and why: "Fase (E28): …"."""
    name = header.label(error.column) or str(ALL_LABELS[error.column])
    if error.column in header.columns:
        name = f"{name} ({column_letter(header.columns[error.column])}{row})"
    return f"{name}: {_fill(REASONS[error.reason], error.details, header)}"


def explain_warning(code: str, value: str) -> str:
    """Say what to notice about a row that is imported all the same."""
    return str(WARNINGS[code]) % {"value": value}


def explain_problem(error: SheetError | HeaderError) -> str:
    """Say why a file cannot be read, or what must be said about its columns."""
    if isinstance(error, SheetError):
        return message(error)
    details = {
        key: ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
        for key, value in error.details.items()
    }
    return str(HEADER_PROBLEMS[error.code]) % details


OWN_PROBLEMS = {
    "interrupted": _l(
        "The work was interrupted several times and was given up. Nothing was imported. Begin "
        "again, or divide the list into several files."
    ),
    "failed": _l(
        "Something went wrong in the program, and it was written down for whoever runs it. "
        "Nothing was imported."
    ),
    "refused": _l("You may not import into this region any more. Nothing was imported."),
}


def explain_kept(problem: str | None) -> str:
    """Say what is wrong with a file, as it was written down when it was read."""
    if problem is None:
        return ""
    said = json.loads(problem)
    if said["kind"] == "own":
        return str(OWN_PROBLEMS[said["code"]])
    error = SheetError if said["kind"] == "sheet" else HeaderError
    return explain_problem(error(said["code"], **said["details"]))


def stage_label(stage: StageKind) -> str:
    """Name a stage as the sentences do."""
    return str(STAGE_LABELS[stage])


def _fill(text: Any, details: Mapping[str, Any], header: Header) -> str:
    words = dict(details)
    if "other" in words:
        words["other"] = header.label(words["other"]) or str(ALL_LABELS[words["other"]])
    if "stage" in words:
        words["stage"] = stage_label(words["stage"])
    return str(text) % words
