"""The log of changes: who did what, when, and what it was before."""

from typing import Any
from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.accounts import queries as people
from incubator.admin.field_words import field_words
from incubator.admin.log_words import ADDRESSES, DOORS, KINDS, verb_words
from incubator.admin.views.blueprint import bp
from incubator.audit import queries
from incubator.audit.queries import Asked
from incubator.core import clock, db
from incubator.core.access import Permission, Via, requires
from incubator.core.clock import OSLO
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.forms import parse_day, whole_number
from incubator.core.sheets import SheetOut, as_csv, as_xlsx
from incubator.core.web import download, page, paging
from incubator.reference import queries as reference

SIZE = 50
MOST_ROWS = 50_000
BY_NOBODY = "ingen"


def _asked() -> Asked:
    args = request.args
    who, verb = args.get("person", ""), args.get("hva", "")
    return Asked(
        actor_id=whole_number(who), by_nobody=who == BY_NOBODY, verb=verb[:60],
        kind=args.get("slag", "") if args.get("slag") in KINDS else "",
        subject_id=whole_number(args.get("nr")), region_id=whole_number(args.get("i")),
        via=Via(args["vei"]) if args.get("vei") in list(Via) else None,
        first=parse_day(args.get("fra", "").strip()), last=parse_day(args.get("til", "").strip()),
    )  # fmt: skip


def _address(asked: Asked, **more: Any) -> dict[str, Any]:
    """Give what is looked for as the parts of an address."""
    given = {
        "person": BY_NOBODY if asked.by_nobody else asked.actor_id, "slag": asked.kind,
        "nr": asked.subject_id, "hva": asked.verb, "i": asked.region_id, "fra": asked.first,
        "til": asked.last, "vei": asked.via, **more,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value}


@bp.get("/endringer")
@requires(Permission.ADMIN)
def log() -> ResponseReturnValue:
    asked, number = _asked(), max(1, whole_number(request.args.get("side")) or 1)
    count = queries.count_changes(db.session, asked)
    here = "/oppsett/endringer"
    known = [(one, verb_words(one)) for one in queries.verbs(db.session)]
    return page(
        "admin/log.html",
        asked=asked,
        entries=queries.list_changes(db.session, asked, page=number, size=SIZE),
        count=count,
        people={one.id: one.name for one in people.people(db.session)},
        region_names={one.id: one.name for one in reference.list_regions(db.session)},
        verbs=sorted(known, key=lambda one: one[1]),
        words=dict(known),
        kinds=KINDS,
        doors=DOORS,
        addresses=ADDRESSES,
        fields=field_words,
        pages=paging(number, SIZE, count, lambda n: f"{here}?{urlencode(_address(asked, side=n))}"),
        exports=[
            (kind.upper(), f"{here}.{kind}?{urlencode(_address(asked))}")
            for kind in ("xlsx", "csv")
        ],
    )


@bp.get("/endringer.<kind>")
@requires(Permission.ADMIN)
def export_log(kind: str) -> ResponseReturnValue:
    if kind not in ("csv", "xlsx"):
        raise NotFound("not_found")
    found = queries.export_changes(db.session, _asked(), MOST_ROWS + 1)
    if len(found) > MOST_ROWS:
        raise RuleBroken("too_many_rows", most=MOST_ROWS)
    sheet = _sheet(found)
    content = as_csv(sheet) if kind == "csv" else as_xlsx(sheet)
    return download(content, f"{_('changes')}-{clock.today().isoformat()}.{kind}")


def _sheet(found: list[Any]) -> SheetOut:
    names = {one.id: one.name for one in people.people(db.session)}
    regions = {one.id: one.name for one in reference.list_regions(db.session)}
    header = (
        _("Number"), _("When"), _("Who"), _("How"), _("What"), _("Code"), _("Region"), _("Note"),
        _("Kind"), _("Number of it"), _("Field"), _("Before"), _("After"),
    )  # fmt: skip
    rows = [
        (
            one.id, one.recorded_at.astimezone(OSLO).replace(tzinfo=None),
            names.get(one.actor_id, ""), str(DOORS[one.via]), verb_words(one.verb), one.verb,
            regions.get(one.region_id, ""), one.note, one.of_kind or one.subject_kind,
            one.of_id or one.subject_id,
            one.field, one.old, one.new,
        )
        for one in found
    ]  # fmt: skip
    return SheetOut(_("Changes"), header, rows)
