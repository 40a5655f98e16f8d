"""The kinds of list that can be imported: how each is read, planned, brought in and shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from incubator.core import clock
from incubator.core.access import Actor
from incubator.core.sheets import open_tables
from incubator.transfer import operations, queries
from incubator.transfer.bulk import ListPlan, Source
from incubator.transfer.headers import HeaderError, find_header
from incubator.transfer.lists import ListOf, Source as File, read_list
from incubator.transfer.messages import LABELS_OF, LIST_LABELS
from incubator.transfer.plan import make_plan
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
KINDS = {kind.name: kind for kind in (IDEAS, VISITS)}


def guess_kind(file: File) -> Kind:
    """Tell by its headers what a list holds: whatever needs least to be said about its columns.

    Raises SheetError when the file cannot be read, HeaderError when its headers are of no kind.
    """
    open_points: dict[str, int] = {}
    with open_tables(file) as tables:
        for kind in KINDS.values():
            try:
                find_header(tables, vocabulary=kind.vocabulary)
            except HeaderError as error:
                if error.code == "mapping_needed":
                    asked = (*error.details["missing"], *error.details["ambiguous"])
                    open_points[kind.name] = len(asked)
            else:
                open_points[kind.name] = 0
    if not open_points:
        raise HeaderError("no_list_header")
    # Of two that fit as well: ideas, whose columns are the less common words.
    return KINDS[min(open_points, key=lambda name: open_points[name])]
