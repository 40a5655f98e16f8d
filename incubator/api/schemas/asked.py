"""What an address or a body may ask for."""

from marshmallow import fields, validate

from incubator.api.schemas.fields import (
    MOST_NOK,
    Day,
    Flag,
    Known,
    Number,
    Shape,
    Text,
    Truth,
    Whole,
    one_of,
)
from incubator.goals.metrics import BY_KEY
from incubator.ideas.models import Status
from incubator.visits.models import VisitKind

MOST = 200
CURSOR = "^[A-Za-z0-9_-]*$"


class PageQuery(Shape):
    limit = Number(most=MOST, load_default=50, metadata={"description": "How many, at most."})
    cursor = fields.String(
        load_default="", validate=[validate.Length(max=100), validate.Regexp(CURSOR)],
        metadata={"description": "`next_cursor` of the page before."},
    )  # fmt: skip


class RegionQuery(PageQuery):
    region = Number(load_default=None, metadata={"description": "The number of a region."})


class IdeaQuery(RegionQuery):
    stage = Text(50, load_default=None, metadata={"description": "The key of a stage."})
    status = one_of(*Status, load_default=None)


class BoardQuery(Shape):
    region = Number(
        load_default=None,
        metadata={"description": "The number of a region; else all that the token has."},
    )
    as_of = Day(load_default=None, metadata={"description": "As it stood when this day ended."})
    known_at = Known(
        load_default=None,
        metadata={"description": "As far as was known at this instant, as 2026-11-21T12:00:00Z."},
    )


class MetricsQuery(BoardQuery):
    from_ = Day(
        data_key="from", load_default=None,
        metadata={"description": "First day of the period; else 1 January."},
    )  # fmt: skip
    to = Day(load_default=None, metadata={"description": "Last day of the period; else today."})
    format = one_of("json", "csv", load_default=None)


class RowsQuery(BoardQuery, PageQuery):
    from_ = Day(data_key="from", load_default=None)
    to = Day(load_default=None)


class GoalsQuery(BoardQuery):
    with_ended = Flag(load_default=False)


class IdeaNew(Shape):
    title = Text(200, least=1, required=True)
    region_id = Whole(load_default=None, metadata={"description": "Else the token's first."})
    company_id = Whole(load_default=None)
    company_name = Text(200, load_default="")
    municipality_id = Whole(load_default=None)
    owner_id = Whole(load_default=None, metadata={"description": "Else the token's person."})
    registered_on = Day(load_default=None, metadata={"description": "Else today."})


class PromiseNew(Shape):
    what = Text(200, least=1, required=True)
    due_on = Day(load_default=None)


class VisitNew(Shape):
    region_id = Whole(load_default=None, metadata={"description": "Else the token's first."})
    kind = one_of(*VisitKind, required=True)
    occurred_on = Day(required=True)
    company_id = Whole(load_default=None)
    company_name = Text(200, load_default="")
    about = Text(8000, load_default="")
    needs = Text(8000, load_default="")
    promises = fields.List(
        fields.Nested(PromiseNew), load_default=list, validate=validate.Length(max=30)
    )
    idea_title = Text(200, load_default="")
    idea_text = Text(2000, load_default="")
    is_shared = Truth(load_default=False)


class MoveNew(Shape):
    to = Text(50, least=1, required=True, metadata={"description": "The key of the stage."})
    seen = Text(
        50, least=1, required=True, data_key="from",
        metadata={"description": "The key of the stage that it was seen in."},
    )  # fmt: skip
    on = Day(load_default=None, metadata={"description": "Else today."})
    owner_id = Whole(load_default=None)
    company_name = Text(200, load_default="")
    founder = Text(200, load_default="")
    problem = Text(2000, load_default="")
    orgnr = Text(30, load_default="")
    instrument_id = Whole(load_default=None)
    deadline_on = Day(load_default=None)
    planned_on = Day(load_default=None)
    sought_nok = Whole(least=0, most=MOST_NOK, load_default=None)
    launched_what = Text(500, load_default="")
    first_sale_on = Day(load_default=None)
    first_sale_planned_on = Day(load_default=None)
    reason = Text(2000, load_default="")


METRIC_KEYS = tuple(BY_KEY)
