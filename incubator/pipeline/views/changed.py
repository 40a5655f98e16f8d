"""What changed between two days: counts by person and company, and the list behind each."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l

from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.clock import Period
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.formats import span
from incubator.core.forms import parse_day, whole_number
from incubator.core.scope import View
from incubator.core.sheets import Cell, SheetOut, as_csv, as_xlsx
from incubator.core.web import download, page, paging
from incubator.ideas import queries as ideas
from incubator.ideas.queries import changed
from incubator.ideas.queries.changed import ToldTurn, Turn, TurnCount, Turns
from incubator.pipeline.views.blueprint import Region, asked_region, bp
from incubator.reference import queries as reference

PAGE = 100
MOST_EXPORTED = 20_000
LONGEST = 5  # years
KIND_LABELS = {
    Turn.NEW: _l("New"),
    Turn.MOVED: _l("Moved"),
    Turn.PARKED: _l("Parked"),
    Turn.STOPPED: _l("Stopped"),
    Turn.REOPENED: _l("Reopened"),
    Turn.LAUNCHED: _l("Launched"),
    Turn.CORRECTED: _l("Corrected"),
}


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    region: Region
    period: Period
    municipality_id: int | None
    turns: Turns

    @property
    def view(self) -> View:
        places = (self.municipality_id,) if self.municipality_id else None
        return View(self.period.last, None, (self.region.id,), places)

    def address(self, path: str = "/endringer", /, **more: object) -> str:
        """Write the address of the same, with something else."""
        values: dict[str, Any] = {
            "region": self.region.id, "fra": self.period.first, "til": self.period.last,
            "kommune": self.municipality_id, **more,
        }  # fmt: skip
        return f"{path}?{urlencode({k: v for k, v in values.items() if v not in (None, '')})}"

    def narrowed(self, **more: object) -> dict[str, Any]:
        """Give what the list is narrowed to, as the address says it."""
        kind, who, firm = self.turns.kind, self.turns.person_id, self.turns.company_id
        return {"hva": kind.value if kind else None, "hvem": who, "bedrift": firm, **more}


def _read(viewer: Actor) -> Asked:
    region = asked_region(viewer)
    places = {number for number, _code, _name in reference.municipalities_of(db.session, region.id)}
    municipality_id = whole_number(request.args.get("kommune"))
    if municipality_id is not None and municipality_id not in places:
        raise NotFound("not_found")
    kind = request.args.get("hva", "")
    if kind and kind not in {turn.value for turn in Turn}:
        raise NotFound("not_found")
    person_id, company_id = (whole_number(request.args.get(key)) for key in ("hvem", "bedrift"))
    if (person_id, company_id) != (None, None) and not viewer.may(Permission.IDEA_SEE):
        raise NotFound("not_found")
    turns = Turns(Turn(kind) if kind else None, person_id, company_id)
    return Asked(region, _period(), municipality_id, turns)


def _period() -> Period:
    today = clock.today()
    last = _day("til", today)
    first = _day("fra", last - timedelta(days=6))
    if last > today:
        raise RuleBroken("future_date")
    if last < first:
        raise RuleBroken("period_order")
    if (last - first).days > LONGEST * 366:
        raise RuleBroken("period_too_long", most=LONGEST)
    return Period(first, last)


def _day(name: str, default: date) -> date:
    text = request.args.get(name, "")
    found = parse_day(text) if text else default
    if found is None or found.year < 1900:
        raise RuleBroken("bad_date")
    return found


@bp.get("/endringer")
@requires(Permission.COUNTS_SEE)
def changed_between() -> ResponseReturnValue:
    viewer = current_actor()
    asked = _read(viewer)
    rows = changed.turns(asked.view, asked.period)
    by_person = changed.count_by_person(db.session, rows)
    sees_all = viewer.may(Permission.IDEA_SEE)
    narrowed = asked.narrowed()
    is_narrowed = any(value is not None for value in narrowed.values())
    # What was narrowed is a list; the overview stands on the page of the whole.
    has_tables = sees_all and not is_narrowed
    by_company = changed.count_by_company(db.session, rows) if has_tables else []
    number = max(1, whole_number(request.args.get("side")) or 1)
    found = changed.list_turns(
        db.session, viewer, rows, asked.turns, offset=(number - 1) * PAGE, limit=PAGE
    )
    stages = {s.id: s.label(viewer.locale) for s in ideas.list_stages(db.session)}
    return page(
        "pipeline/changed.html",
        region=asked.region,
        asked=asked,
        when=span(asked.period.first, asked.period.last),
        latest=clock.today(),
        totals=_totals(asked, by_person),
        people=_table(asked, by_person, "hvem", _("Without a person")) if has_tables else [],
        companies=_table(asked, by_company, "bedrift", ""),
        most_companies=changed.MOST_COMPANIES if _is_cut(by_company) else None,
        kinds=[(kind, KIND_LABELS[kind]) for kind in Turn],
        rows=[_line(row, stages) for row in found.rows],
        found=found,
        sees_all=sees_all,
        is_narrowed=is_narrowed,
        narrowed_to=_words(asked, by_person, found.rows),
        whole_url=asked.address(),
        pages=paging(
            number, PAGE, found.shown, lambda nth: asked.address(**asked.narrowed(side=nth))
        ),
        exports=[
            (kind.upper(), asked.address(f"/endringer.{kind}", **narrowed))
            for kind in ("xlsx", "csv")
        ],
        municipality_choices=[
            (number, name)
            for number, _code, name in reference.municipalities_of(db.session, asked.region.id)
        ],
        steps=_steps(asked),
    )


def _totals(asked: Asked, counts: list[TurnCount]) -> list[tuple[Any, int, str]]:
    return [
        (
            KIND_LABELS[kind],
            sum(count.total for count in counts if count.kind == kind),
            asked.address(hva=kind.value) + "#liste",
        )
        for kind in Turn
    ]


def _table(
    asked: Asked, counts: list[TurnCount], key: str, nobody: str
) -> list[tuple[str, int, str, list[tuple[Any, int, str]]]]:
    """Give one line for each person or company: name, number, address, and the same by kind."""
    found: dict[int | None, list[TurnCount]] = {}
    for count in counts:
        found.setdefault(count.id, []).append(count)
    return [
        (
            of_one[0].name or nobody,
            sum(count.total for count in of_one),
            asked.address(**{key: number or 0}) + "#liste",
            [
                (
                    KIND_LABELS[kind],
                    sum(count.total for count in of_one if count.kind == kind),
                    asked.address(**{key: number or 0, "hva": kind.value}) + "#liste",
                )
                for kind in Turn
            ],
        )
        for number, of_one in found.items()
    ]


def _is_cut(by_company: list[TurnCount]) -> bool:
    return len({count.id for count in by_company}) >= changed.MOST_COMPANIES


def _words(asked: Asked, by_person: list[TurnCount], rows: list[ToldTurn]) -> str:
    """Say what the list is narrowed to."""
    kind, person_id, company_id = asked.turns.kind, asked.turns.person_id, asked.turns.company_id
    words = [str(KIND_LABELS[kind])] if kind else []
    if person_id is not None:
        names = {count.id or 0: count.name for count in by_person}
        words.append(names.get(person_id) or str(_("Without a person")))
    if company_id is not None:
        words += [row.company or "" for row in rows[:1]]
    return " · ".join(words)


def _steps(asked: Asked) -> list[tuple[Any, str]]:
    """Give the usual periods to choose from."""
    today = clock.today()
    month = today.replace(day=1)
    periods = [
        (_("Last 7 days"), today - timedelta(days=6), today),
        (_("Last 30 days"), today - timedelta(days=29), today),
        (_("This month"), month, today),
        (_("Last month"), (month - timedelta(days=1)).replace(day=1), month - timedelta(days=1)),
    ]
    return [(label, asked.address(fra=first, til=last)) for label, first, last in periods]


def _line(row: ToldTurn, stages: dict[int, str]) -> dict[str, Any]:
    return {
        "what": _what(row, stages),
        "label": KIND_LABELS[row.kind],
        "kind": row.kind.value,
        "title": row.title,
        "href": f"/ideer/{row.idea_id}" if row.is_standing else None,
        "day": row.day,
        "company": row.company,
        "municipality": row.municipality,
        "who": row.who,
        "note": row.change_note,
    }


def _what(row: ToldTurn, stages: dict[int, str]) -> str:
    if row.kind == Turn.MOVED and row.stage_id and row.before_id:
        return str(
            _("From %(before)s to %(stage)s", before=stages[row.before_id],
              stage=stages[row.stage_id])
        )  # fmt: skip
    if row.kind == Turn.CORRECTED:
        if not row.is_standing:
            return str(_("The idea was taken away"))
        if row.stage_id:
            return str(_("When it came to %(stage)s was corrected", stage=stages[row.stage_id]))
        return str(_("The status was corrected"))
    return str(KIND_LABELS[row.kind])


@bp.get("/endringer.<any(csv, xlsx):kind>")
@requires(Permission.COUNTS_SEE)
def changed_export(kind: str) -> ResponseReturnValue:
    """Answer with what the list of the page shows, all of it, as a file."""
    viewer = current_actor()
    asked = _read(viewer)
    found = changed.list_turns(
        db.session, viewer, changed.turns(asked.view, asked.period), asked.turns,
        offset=0, limit=MOST_EXPORTED + 1,
    )  # fmt: skip
    if len(found.rows) > MOST_EXPORTED:
        raise RuleBroken("too_many_rows", most=MOST_EXPORTED)
    stages = {s.id: s.label(viewer.locale) for s in ideas.list_stages(db.session)}
    header = [_("Date"), _("What happened"), _("Idea"), _("Municipality")]
    sees_all = viewer.may(Permission.IDEA_SEE)
    header += [_("Company"), _("Who")] if sees_all else []
    lines = []
    for row in found.rows:
        cells: list[Cell] = [row.day, _what(row, stages), row.title, row.municipality]
        lines.append(cells + ([row.company, row.who] if sees_all else []))
    title = str(_("What has changed"))
    name = f"{title} {asked.period.first} {asked.period.last}.{kind}"
    sheet = SheetOut(title, header, lines)
    return download(as_csv(sheet) if kind == "csv" else as_xlsx(sheet), name)
