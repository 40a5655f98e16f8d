"""Read a list of applications: what was sought, when it was sent, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from incubator.core.sheets import Cell, Row
from incubator.core.texts import fold
from incubator.funding.models import ApplicationStatus as Status
from incubator.transfer import values
from incubator.transfer.headers import Header
from incubator.transfer.lists import ListedCompanies, Progress, Source, read_rows
from incubator.transfer.records.plan import GoodRecord, Identity, RecordList
from incubator.transfer.rows import BadRow, Cells, in_sheet_order
from incubator.transfer.values import Place, Unreadable, show
from incubator.transfer.visits.cells import read_company
from incubator.transfer.vocabulary import Vocabulary
from incubator.transfer.words import (
    AMOUNT,
    COMPANY,
    DATE_FILLERS,
    FILLERS,
    HEADER_WORDS,
    MUNICIPALITY,
    ORGNR,
    OWNER,
    TITLE,
    TOTAL_WORDS,
    squeezed,
)  # fmt: skip

INSTRUMENT, STATUS, GRANTED = "instrument", "status", "granted_nok"
SENT_ON, DECIDED_ON, REPORTED_ON, DEADLINE_ON = (
    "sent_on",
    "decided_on",
    "reported_on",
    "deadline_on",
)
REFERENCE = "reference"
DAYS = (SENT_ON, DECIDED_ON, REPORTED_ON)

_SMALL = FILLERS[ORGNR] | frozenset("søknad søknaden søknadens prosjekt application".split())
_DAY = _SMALL | DATE_FILLERS
APPLICATIONS = Vocabulary(
    header_words={
        TITLE: (
            "tittel", "prosjekt", "prosjektnavn", "prosjekttittel", "søknad", "gjelder", "hva",
            "idé", "title", "project", "project title", "application", "about", "idea",
        ),
        COMPANY: (*HEADER_WORDS[COMPANY], "søker", "kunde", "foretak", "applicant", "firm"),
        ORGNR: HEADER_WORDS[ORGNR],
        MUNICIPALITY: HEADER_WORDS[MUNICIPALITY],
        INSTRUMENT: (
            "virkemiddel", "ordning", "tilskuddsordning", "program", "støtteordning", "instrument",
            "scheme", "funding scheme", "programme",
        ),
        STATUS: ("status", "utfall", "resultat", "state", "outcome"),
        SENT_ON: ("sendt", "søkt dato", "innsendt", "sendt dato", "sent", "submitted"),
        DECIDED_ON: (
            "vedtak", "vedtatt", "vedtaksdato", "innvilget dato", "svar", "decided", "decision",
        ),
        REPORTED_ON: ("sluttrapport", "rapportert", "avsluttet", "final report", "completed"),
        DEADLINE_ON: ("frist", "søknadsfrist", "deadline"),
        AMOUNT: (
            "søkt", "omsøkt", "søkt beløp", "omsøkt beløp", "søknadsbeløp", "søknadssum", "beløp",
            "sought", "amount sought", "amount",
        ),
        GRANTED: (
            "innvilget", "innvilget beløp", "bevilget", "tilsagn", "tildelt", "granted", "awarded",
            "amount granted",
        ),
        REFERENCE: ("saksnummer", "saksnr", "prosjektnummer", "referanse", "reference", "case no"),
        OWNER: HEADER_WORDS[OWNER],
    },
    beside={
        TITLE: FILLERS[TITLE],
        COMPANY: FILLERS[COMPANY],
        ORGNR: FILLERS[ORGNR],
        MUNICIPALITY: FILLERS[MUNICIPALITY],
        INSTRUMENT: FILLERS[TITLE],
        STATUS: _SMALL,
        SENT_ON: _DAY,
        DECIDED_ON: _DAY,
        REPORTED_ON: _DAY,
        DEADLINE_ON: _DAY,
        AMOUNT: FILLERS[AMOUNT],
        GRANTED: FILLERS[AMOUNT],
        REFERENCE: _SMALL,
        OWNER: FILLERS[OWNER],
    },
    needed=(COMPANY, TITLE),
    date_keys=frozenset({SENT_ON, DECIDED_ON, REPORTED_ON, DEADLINE_ON}),
    no_header="no_application_header",
    readers={AMOUNT: values.read_amount, GRANTED: values.read_amount, ORGNR: values.read_orgnr},
    day_verbs=("sendt", "innsendt", "vedtatt", "rapportert", "sent", "submitted", "decided"),
    sums=frozenset({AMOUNT, GRANTED}),
    totals=TOTAL_WORDS | {"søknader", "applications", "søknad"},
)  # fmt: skip

_STATUS_WORDS: dict[Status, tuple[str, ...]] = {
    Status.DRAFT: ("utkast", "under arbeid", "planlagt", "påbegynt", "draft", "planned"),
    Status.SENT: ("sendt", "innsendt", "søkt", "venter", "venter på svar", "sent", "submitted"),
    Status.PROCESSING: ("til behandling", "under behandling", "behandles", "processing"),
    Status.GRANTED: ("innvilget", "bevilget", "tilsagn", "godkjent", "ja", "granted", "approved"),
    Status.ACCEPTED: ("akseptert", "accepted"),
    Status.RUNNING: ("i gang", "pågår", "løpende", "startet", "running", "ongoing"),
    Status.REPORTED: ("rapportert", "sluttrapport sendt", "sluttrapportert", "reported"),
    Status.DONE: ("ferdig", "avsluttet", "fullført", "done", "completed", "finished"),
    Status.REFUSED: ("avslag", "avslått", "nei", "refused", "rejected", "declined"),
    Status.WITHDRAWN: ("trukket", "trukket tilbake", "withdrawn"),
    Status.LAPSED: ("bortfalt", "falt bort", "ikke sendt", "lapsed"),
}
STATUS_BY_WORD = {squeezed(w): status for status, words in _STATUS_WORDS.items() for w in words}
ACCEPTED = ", ".join(words[0] for words in _STATUS_WORDS.values())

# What an application went through before it came to stand where the list says.
_BEFORE: dict[Status, tuple[Status, ...]] = {
    Status.DRAFT: (),
    Status.SENT: (),
    Status.PROCESSING: (Status.SENT,),
    Status.GRANTED: (Status.SENT,),
    Status.ACCEPTED: (Status.SENT, Status.GRANTED),
    Status.RUNNING: (Status.SENT, Status.GRANTED, Status.ACCEPTED),
    Status.REPORTED: (Status.SENT, Status.GRANTED, Status.ACCEPTED, Status.RUNNING),
    Status.DONE: (
        Status.SENT, Status.GRANTED, Status.ACCEPTED, Status.RUNNING, Status.REPORTED,
    ),
    Status.REFUSED: (Status.SENT,),
    Status.WITHDRAWN: (Status.SENT,),
    Status.LAPSED: (Status.DRAFT,),
}  # fmt: skip
# Which column says when a status began; the others began with the one before them.
_DAY_OF = {
    Status.SENT: SENT_ON, Status.GRANTED: DECIDED_ON, Status.REFUSED: DECIDED_ON,
    Status.WITHDRAWN: DECIDED_ON, Status.REPORTED: REPORTED_ON, Status.LAPSED: DEADLINE_ON,
    Status.DRAFT: DEADLINE_ON,
}  # fmt: skip
_NEEDED_DAYS = frozenset({SENT_ON, DECIDED_ON, REPORTED_ON})


@dataclass(frozen=True)
class Step:
    """A status that an application entered on a day."""

    status: Status
    on: date
    is_estimated: bool


@dataclass(frozen=True)
class ParsedApplication:
    """What a row says about an application."""

    number: int
    title: str
    company: str | None
    orgnr: str | None
    place: Place | None
    instrument: str | None
    steps: tuple[Step, ...]
    deadline_on: date | None
    sought_nok: int | None
    granted_nok: int | None
    reference: str | None
    owner: str | None

    @property
    def title_key(self) -> str:
        return fold(self.title)

    @property
    def identity(self) -> Identity:
        return (self.title_key, fold(self.instrument or ""))

    @property
    def estimated(self) -> str:
        days = {show(step.on) for step in self.steps if step.is_estimated}
        return ", ".join(sorted(days))


def read_applications(
    source: Source,
    today: date,
    *,
    mapping: Mapping[str, str] | None = None,
    sheet: str | None = None,
    progress: Progress | None = None,
) -> RecordList:
    """Read a list of applications from a file.

    Raises SheetError when the file cannot be read, HeaderError when its columns cannot be told.
    """

    def read(row: Row, header: Header) -> ParsedApplication | BadRow:
        return read_application(row, header, today)

    found, parsed = read_rows(
        RecordList, source, APPLICATIONS, read, mapping=mapping, sheet=sheet, progress=progress
    )
    companies = ListedCompanies([*parsed, *found.bad])
    named = ((one, companies.of(one)) for one in parsed)
    found.good += [GoodRecord(one, company) for one, company in named if company]
    return found


def read_application(row: Row, header: Header, today: date) -> ParsedApplication | BadRow:
    """Read a row by every rule of the import; a bad one carries every error."""
    cells = Cells(row, header)
    title = cells.need(TITLE, values.read_name)
    company, orgnr = cells.read(COMPANY, read_company), cells.read(ORGNR, values.read_orgnr)
    if not (company or orgnr or any(map(cells.is_refused, (COMPANY, ORGNR)))):
        cells.refuse(COMPANY, "missing")
    place = cells.read(MUNICIPALITY, values.read_place)
    days = {key: cells.read(key, values.read_date) for key in (*DAYS, DEADLINE_ON)}
    for key in DAYS:
        if (day := days[key]) is not None and day > today:
            cells.refuse(key, "future_date", value=show(day))
    unit = header.amount_unit
    sought = cells.read(AMOUNT, values.read_amount, unit=unit)
    granted = cells.read(GRANTED, values.read_amount, unit=unit)
    status = cells.read(STATUS, read_status)
    steps = () if cells.errors else _steps(cells, status, days, granted, today)
    instrument = cells.read(INSTRUMENT, values.read_name)
    reference = cells.read(REFERENCE, values.read_text)
    owner = cells.read(OWNER, values.read_text)
    if cells.errors or title is None:
        return BadRow(row, in_sheet_order(cells.errors, header), company, orgnr)
    return ParsedApplication(
        row.number, title, company, orgnr, place, instrument, steps, days[DEADLINE_ON], sought,
        granted, reference, owner,
    )  # fmt: skip


def read_status(cell: Cell) -> Status | None:
    """Read how far an application has come."""
    text = values.read_text(cell)
    if text is None:
        return None
    if status := STATUS_BY_WORD.get(squeezed(text)):
        return status
    raise Unreadable("unknown_status", value=show(cell), accepted=ACCEPTED)


def _steps(
    cells: Cells,
    status: Status | None,
    days: Mapping[str, date | None],
    granted: int | None,
    today: date,
) -> tuple[Step, ...]:
    """Tell what an application went through; days that must be known are asked for."""
    status = status or _told_by(days, granted)
    course = [*_BEFORE[status], status]
    if Status.GRANTED in course and granted is None:
        cells.refuse(GRANTED, "granted_needs_amount")
        return ()
    steps: list[Step] = []
    for one in course:
        column = _DAY_OF.get(one)
        day = days[column] if column else None
        before = steps[-1].on if steps else None
        is_told = day is not None and day <= today
        # When it was sent and when it was withdrawn follow from the other days, if need be.
        may_follow = (one == Status.SENT and len(course) > 1) or one == Status.WITHDRAWN
        if not is_told and column in _NEEDED_DAYS and not may_follow:
            cells.refuse(column or SENT_ON, "missing")
            return ()
        if not is_told:
            later = next((days[key] for key in DAYS if days[key]), None)
            day = before or later or today
        assert day is not None
        if before is not None and day < before:
            cells.refuse(
                column or SENT_ON, "runs_backwards", value=show(day), other=SENT_ON,
                other_value=show(before),
            )  # fmt: skip
            return ()
        steps.append(Step(one, day, not is_told))
    return tuple(steps)


def _told_by(days: Mapping[str, date | None], granted: int | None) -> Status:
    """Tell the status by what else the row says."""
    if granted and days[REPORTED_ON]:
        return Status.REPORTED
    if granted and days[DECIDED_ON]:
        return Status.GRANTED
    return Status.SENT if days[SENT_ON] else Status.DRAFT
