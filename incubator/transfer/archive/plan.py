"""Decide what an archive brings: which companies and ideas are new, and whether all fits."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from incubator.core.sheets import Row, SheetError
from incubator.core.texts import fold
from incubator.funding.models import ApplicationStatus
from incubator.funding.rules import is_life
from incubator.ideas.models import Stage, Status
from incubator.transfer.archive.layout import BY_NAME, Turn
from incubator.transfer.archive.queries_known import KnownToArchive
from incubator.transfer.archive.reading import YES_NO, Archive, Line, wrong
from incubator.transfer.headers import Header
from incubator.transfer.lists import ListedCompany, ListOf
from incubator.transfer.plan import PlannedCompany, Warned

EventsOf = Mapping[int, list[Line]]


@dataclass(frozen=True)
class ArchivedIdea:
    """An idea of an archive with all that happened to it, in order."""

    line: Line
    company: ListedCompany | None
    stages: Sequence[Line]
    statuses: Sequence[Line]
    sharings: Sequence[Line]

    @property
    def number(self) -> int:
        return self.line.number

    @property
    def title(self) -> str:
        return str(self.line["tittel"])

    @property
    def title_key(self) -> str:
        return fold(self.title)

    @property
    def first_on(self) -> date:
        day: date = min(self.stages[0]["dato"], self.statuses[0]["dato"])
        return day

    @property
    def latest_on(self) -> date:
        day: date = max(self.stages[-1]["dato"], self.statuses[-1]["dato"])
        return day


class ArchiveList(ListOf[ArchivedIdea]):
    """The ideas of an archive as a list; what is wrong in it refuses the whole file."""

    archive: Archive


@dataclass(frozen=True)
class PlannedIdea:
    """An idea that is imported."""

    row: ArchivedIdea
    company: PlannedCompany | None
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True)
class RepeatedIdea:
    """An idea that stands here already."""

    row: ArchivedIdea
    of_row: int | None = None
    idea_id: int | None = None


@dataclass
class ArchivePlan:
    """What an import would do with an archive."""

    listed: ArchiveList
    rows: list[PlannedIdea] = field(default_factory=list)
    repeated: list[RepeatedIdea] = field(default_factory=list)
    companies: dict[int, PlannedCompany] = field(default_factory=dict)  # by number in the file


def make_list(archive: Archive, today: date, stages: Mapping[str, Stage]) -> ArchiveList:
    """Put the ideas of an archive together with their facts. Raises SheetError."""
    header = Header(1, {}, {}, 1)
    ideas = ArchiveList(BY_NAME["ideer"].title, header)
    ideas.archive = archive
    _must_be_whole(archive, today)
    companies = {line["bedrift_nr"]: _listed(line) for line in archive["bedrifter"]}
    events: defaultdict[tuple[int, str], list[Line]] = defaultdict(list)
    for line in archive["hendelser"]:
        _check_value(line, stages)
        events[line["idé_nr"], line["type"]].append(line)
    for found in events.values():
        found.sort(key=lambda one: (one["dato"], one["nr_på_dagen"]))
        _must_differ(found)
    for line in archive["ideer"]:
        of = {turn: events.get((line["idé_nr"], turn.value), []) for turn in Turn}
        idea = ArchivedIdea(
            line, companies.get(line["bedrift_nr"]),
            of[Turn.STAGE], of[Turn.STATUS], of[Turn.SHARING],
        )  # fmt: skip
        if not idea.stages or not idea.statuses or idea.statuses[0]["verdi"] != Status.OPEN:
            raise wrong(ideas.sheet, line.number, "idé_nr", line["idé_nr"])
        ideas.good.append(idea)
    return ideas


def _listed(line: Line) -> ListedCompany:
    return ListedCompany(line["navn"], line["orgnr"])


def _check_value(line: Line, stages: Mapping[str, Stage]) -> None:
    known: Mapping[str, Any] = {
        Turn.STAGE: stages,
        Turn.STATUS: {status.value: status for status in Status},
        Turn.SHARING: YES_NO,
    }[Turn(line["type"])]
    is_stop = line["type"] == Turn.STATUS and line["verdi"] == Status.STOPPED
    if line["verdi"] not in known or (is_stop and not line["merknad"]):
        raise _wrong("hendelser", line, "verdi")


def _must_differ(found: Sequence[Line]) -> None:
    """Raise SheetError where an event enters what the one before it had entered, or has its place.

    What is shared may be shared again.
    """
    for before, line in itertools.pairwise(found):
        if (before["dato"], before["nr_på_dagen"]) == (line["dato"], line["nr_på_dagen"]):
            raise _wrong("hendelser", line, "nr_på_dagen")
        if line["type"] != Turn.SHARING and before["verdi"] == line["verdi"]:
            raise _wrong("hendelser", line, "verdi")


# Which column of which table names a row of which other.
REFERENCES = (
    ("ideer", "bedrift_nr", "bedrifter"),
    ("hendelser", "idé_nr", "ideer"),
    ("inkubasjoner", "bedrift_nr", "bedrifter"),
    ("inkubasjon_ideer", "inkubasjon_nr", "inkubasjoner"),
    ("inkubasjon_ideer", "idé_nr", "ideer"),
    ("soknader", "idé_nr", "ideer"),
    ("soknader", "bedrift_nr", "bedrifter"),
    ("soknadshendelser", "søknad_nr", "soknader"),
    ("betalinger", "søknad_nr", "soknader"),
    ("arbeidsplasser", "idé_nr", "ideer"),
    ("arbeidsplasser", "bedrift_nr", "bedrifter"),
    ("arbeidsplasser", "realiserer_nr", "arbeidsplasser"),
    ("besok", "bedrift_nr", "bedrifter"),
    ("besok_ideer", "besøk_nr", "besok"),
    ("besok_ideer", "idé_nr", "ideer"),
)
NUMBERED = ("bedrifter", "ideer", "inkubasjoner", "soknader", "arbeidsplasser", "besok")
HAPPENED = (
    ("hendelser", "dato"), ("inkubasjoner", "opptatt"), ("inkubasjoner", "sluttet"),
    ("soknadshendelser", "dato"), ("betalinger", "dato"), ("besok", "dato"),
    ("ideer", "registrert"),
)  # fmt: skip


def _must_be_whole(archive: Archive, today: date) -> None:
    """Raise SheetError for what names a row that is not there, or a day that is to come."""
    numbers: dict[str, set[int]] = {}
    for name in NUMBERED:
        column = BY_NAME[name].fields[0].name
        numbers[name] = set()
        for line in archive[name]:
            if line[column] in numbers[name]:
                raise _wrong(name, line, column)
            numbers[name].add(line[column])
    for name, column, of in REFERENCES:
        for line in archive[name]:
            if line[column] is not None and line[column] not in numbers[of]:
                raise _wrong(name, line, column)
    for name, column in HAPPENED:
        for line in archive[name]:
            if line[column] is not None and line[column] > today:
                raise _wrong(name, line, column)
    _must_be_lives(archive)


def _must_be_lives(archive: Archive) -> None:
    """Raise SheetError for an application that went a way which cannot be."""
    courses: defaultdict[int, list[Line]] = defaultdict(list)
    for line in archive["soknadshendelser"]:
        courses[line["søknad_nr"]].append(line)
    for line in archive["soknader"]:
        course = sorted(
            courses[line["søknad_nr"]], key=lambda one: (one["dato"], one["nr_på_dagen"])
        )
        if not course or not is_life([ApplicationStatus(one["status"]) for one in course]):
            raise _wrong("soknader", line, "søknad_nr")
        for one in course:
            if one["status"] == ApplicationStatus.GRANTED and one["beløp_kr"] is None:
                raise _wrong("soknadshendelser", one, "beløp_kr")


def _wrong(name: str, line: Line, column: str) -> SheetError:
    return wrong(BY_NAME[name].title, line.number, column, line[column])


def make_archive_plan(ideas: ArchiveList, known: KnownToArchive) -> ArchivePlan:
    """Plan the import of an archive; nothing is written."""
    plan = ArchivePlan(ideas, companies=_companies(ideas.archive["bedrifter"], known))
    met: Counter[tuple[str, int | None]] = Counter()
    for idea in ideas.good:
        company = plan.companies.get(idea.line["bedrift_nr"])
        company_id = company.known.id if company and company.known else None
        if company is not None and company_id is None:
            plan.rows.append(PlannedIdea(idea, company))
            continue
        # Two ideas of one company may be called the same: as many stand here as were imported.
        identity = (idea.title_key, company_id)
        standing = known.ideas.get(identity, ())
        if met[identity] < len(standing):
            plan.repeated.append(RepeatedIdea(idea, idea_id=standing[met[identity]]))
            met[identity] += 1
        else:
            plan.rows.append(PlannedIdea(idea, company))
    return plan


def _companies(lines: Iterable[Line], known: KnownToArchive) -> dict[int, PlannedCompany]:
    """Find the companies of an archive among those that stand, each of them once."""
    found: dict[int, PlannedCompany] = {}
    taken: set[int] = set()
    lines = list(lines)
    for line in lines:
        listed = _listed(line)
        same = known.companies_by_orgnr.get(listed.orgnr or "")
        if same is not None:
            found[line["bedrift_nr"]] = PlannedCompany(listed, same)
            taken.add(same.id)
    for line in lines:
        if line["bedrift_nr"] in found:
            continue
        listed = _listed(line)
        namesakes = known.companies_by_key.get(listed.match_key, [])
        free = (
            one for one in namesakes
            if one.id not in taken and not (one.orgnr and listed.orgnr)
        )  # fmt: skip
        same = next(free, None)
        if same is not None:
            taken.add(same.id)
        gets = bool(same and listed.orgnr and not same.orgnr)
        found[line["bedrift_nr"]] = PlannedCompany(listed, same, gets_orgnr=gets)
    return found


def as_row(line: Line) -> Row:
    """Give a line of an archive as the row that it was read from."""
    return Row(line.number, line.cells)
