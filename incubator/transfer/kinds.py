"""The kinds of list that can be imported: how each is read, planned, brought in and shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from incubator.core import clock
from incubator.core.access import Actor
from incubator.core.sheets import open_tables
from incubator.ideas.queries import list_stages
from incubator.transfer import operations, queries
from incubator.transfer.archive.operations import import_archive, plan_archive
from incubator.transfer.archive.plan import make_list
from incubator.transfer.archive.reading import is_archive, read_archive
from incubator.transfer.bulk import ListPlan, Source
from incubator.transfer.companies.operations import import_companies, plan_companies
from incubator.transfer.companies.rows import COMPANIES as COMPANY_WORDS, read_companies
from incubator.transfer.headers import HeaderError, find_header, of_sheet
from incubator.transfer.lists import ListOf, Source as File, read_list
from incubator.transfer.messages import LABELS_OF, LIST_LABELS
from incubator.transfer.plan import make_plan
from incubator.transfer.records.applications import (
    APPLICATIONS as APPLICATION_WORDS,
    read_applications,
)
from incubator.transfer.records.jobs import JOBS as JOB_WORDS, read_job_list
from incubator.transfer.records.operations import (
    import_applications,
    import_jobs,
    plan_applications,
    plan_jobs,
)
from incubator.transfer.visits import operations as visit_operations, queries as visit_queries
from incubator.transfer.visits.plan import make_visit_plan
from incubator.transfer.visits.rows import VISITS as VISIT_WORDS, read_visits
from incubator.transfer.vocabulary import IDEAS as IDEA_WORDS, Vocabulary

List = ListOf[Any]


@dataclass(frozen=True)
class Kind:
    """A kind of list. `words` are those of its users, looked up before the file is read."""

    name: str
    choose_needed: Any
    vocabulary: Vocabulary
    words: Callable[[Session], Any]
    read: Callable[..., List]
    plan: Callable[[Session, int, List], ListPlan]
    bring_in: Callable[[Session, Actor, int, List, Source], Any]

    @property
    def label(self) -> Any:
        """What a person calls such lists."""
        return LIST_LABELS[self.name]

    @property
    def labels(self) -> Mapping[str, Any]:
        """What a person calls its columns, by key."""
        return LABELS_OF[self.name]


def _read_ideas(file: File, words: Any, **options: Any) -> List:
    return read_list(file, clock.today(), stage_words=words, **options)


def _read_visits(file: File, _words: Any, **options: Any) -> List:
    return read_visits(file, clock.today(), **options)


def _plan_ideas(session: Session, region_id: int, ideas: Any) -> ListPlan:
    return make_plan(ideas, queries.known_to(session, region_id, ideas))


def _plan_visits(session: Session, region_id: int, visits: Any) -> ListPlan:
    return make_visit_plan(visits, visit_queries.known_to_visits(session, region_id, visits))


IDEAS = Kind(
    name="ideas",
    choose_needed=_l("Choose the columns of the title and the stage."),
    vocabulary=IDEA_WORDS,
    words=queries.stage_words,
    read=_read_ideas,
    plan=_plan_ideas,
    bring_in=operations.import_ideas,  # type: ignore[arg-type]
)
VISITS = Kind(
    name="visits",
    choose_needed=_l("Choose the columns of the date and the company."),
    vocabulary=VISIT_WORDS,
    words=lambda _session: None,
    read=_read_visits,
    plan=_plan_visits,
    bring_in=visit_operations.import_visits,  # type: ignore[arg-type]
)


def _read_archive_list(
    file: File, words: Any, *, sheet: str | None = None, **_options: Any
) -> List:
    if sheet is not None:
        raise HeaderError("whole_archive")
    return make_list(read_archive(file), clock.today(), words)


# An export of this program: ideas with all that happened to them, and what else is counted.
ARCHIVE = Kind(
    name="archive",
    choose_needed="",
    vocabulary=IDEA_WORDS,
    words=lambda session: {stage.key: stage for stage in list_stages(session)},
    read=_read_archive_list,
    plan=plan_archive,  # type: ignore[arg-type]
    bring_in=import_archive,  # type: ignore[arg-type]
)


def _reader(read: Callable[..., List]) -> Callable[..., List]:
    """Let a reader of lists that need no words of the users read as of today."""
    return lambda file, _words, **options: read(file, clock.today(), **options)


COMPANIES = Kind(
    name="companies",
    choose_needed=_l("Choose the column of the company's name."),
    vocabulary=COMPANY_WORDS,
    words=lambda _session: None,
    read=_reader(read_companies),
    plan=plan_companies,  # type: ignore[arg-type]
    bring_in=import_companies,  # type: ignore[arg-type]
)
APPLICATIONS = Kind(
    name="applications",
    choose_needed=_l("Choose the columns of the company and of what the application is about."),
    vocabulary=APPLICATION_WORDS,
    words=lambda _session: None,
    read=_reader(read_applications),
    plan=plan_applications,  # type: ignore[arg-type]
    bring_in=import_applications,  # type: ignore[arg-type]
)
JOBS = Kind(
    name="jobs",
    choose_needed=_l("Choose the columns of the company, the number and the date."),
    vocabulary=JOB_WORDS,
    words=lambda _session: None,
    read=_reader(read_job_list),
    plan=plan_jobs,  # type: ignore[arg-type]
    bring_in=import_jobs,  # type: ignore[arg-type]
)
KINDS = {kind.name: kind for kind in (IDEAS, VISITS, COMPANIES, APPLICATIONS, JOBS, ARCHIVE)}
# What a person can say that a list holds; an archive says so itself.
LISTS = {kind.name: kind for kind in KINDS.values() if kind is not ARCHIVE}


def guess_kind(file: File, sheet: str | None = None) -> Kind:
    """Tell by its headers what a list holds: whatever needs least to be said about its columns.

    Raises SheetError when the file cannot be read, HeaderError when its headers are of no kind.
    """
    if sheet is None and is_archive(file):
        return ARCHIVE
    fits: dict[str, tuple[int, int]] = {}  # what is open, and how many columns are known
    with open_tables(file) as every:
        tables = of_sheet(every, sheet)
        for kind in LISTS.values():
            try:
                header = find_header(tables, vocabulary=kind.vocabulary).header
            except HeaderError as error:
                if error.code == "mapping_needed":
                    asked = (*error.details["missing"], *error.details["ambiguous"])
                    fits[kind.name] = len(asked), len(error.details["chosen"])
            else:
                fits[kind.name] = 0, len(header.columns)
    if not fits:
        raise HeaderError("no_list_header")
    return KINDS[_best(fits)]


def _best(fits: dict[str, tuple[int, int]]) -> str:
    """Choose the kind of a list: ideas or visits, unless the words of another say more.

    Of those two: what needs least to be said; of two that fit as well, ideas, whose columns are
    the less common words. Another is chosen where nothing of it is open and it knows more columns.
    """
    usual = [name for name in (IDEAS.name, VISITS.name) if name in fits]
    first = min(usual, key=lambda name: fits[name][0], default=None)
    known = fits[first][1] - fits[first][0] if first else 0
    others = [name for name in fits if name not in usual]
    whole = [name for name in others if fits[name][0] == 0 and fits[name][1] > known]
    if whole:
        return max(whole, key=lambda name: fits[name][1])
    return first or min(others, key=lambda name: fits[name][0])
