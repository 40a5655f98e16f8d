"""What the API answers."""

from typing import Any

from marshmallow import fields

from incubator.api.schemas.fields import Shape, one_of
from incubator.api.scopes import Scope
from incubator.funding.models import ApplicationStatus
from incubator.goals.metrics import Kind, Unit
from incubator.ideas.models import Status
from incubator.visits.models import VisitKind


def _text(*, empty: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=empty)


def _number(*, empty: bool = False) -> fields.Integer:
    return fields.Integer(required=True, allow_none=empty)


def _day(*, empty: bool = False) -> fields.Date:
    return fields.Date(required=True, allow_none=empty)


def _truth() -> fields.Boolean:
    return fields.Boolean(required=True)


def _word(*words: str) -> fields.String:
    return one_of(*words, required=True)


def _list(of: Any) -> "fields.List[Any]":
    return fields.List(of if isinstance(of, fields.Field) else fields.Nested(of), required=True)


def _amounts(key: str | None = None) -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.Float(), required=True, data_key=key)


class Idea(Shape):
    id = _number()
    region_id = _number()
    title = _text()
    problem = _text(empty=True)
    description = _text(empty=True)
    company_id = _number(empty=True)
    company = _text(empty=True)
    municipality_id = _number(empty=True)
    municipality = _text(empty=True)
    owner_id = _number(empty=True)
    owner = _text(empty=True)
    registered_on = _day()
    stage = _text()
    stage_on = _day()
    status = _word(*Status)
    status_on = _day()
    is_shared = _truth()
    next_step = _text(empty=True)
    next_step_on = _day(empty=True)
    deadline_on = _day(empty=True)
    archived_on = _day(empty=True)
    change_id = _number()


class Company(Shape):
    id = _number()
    name = _text()
    orgnr = _text(empty=True)
    municipality_id = _number(empty=True)
    municipality = _text(empty=True)
    industry_code = _text(empty=True)
    industry_section = _text(empty=True)
    founded_on = _day(empty=True)
    employees = _number(empty=True)
    last_contact_on = _day(empty=True)


class Visit(Shape):
    id = _number()
    region_id = _number()
    occurred_on = _day()
    kind = _word(*VisitKind)
    company_id = _number()
    company = _text()
    municipality_id = _number(empty=True)
    municipality = _text(empty=True)
    visitor_id = _number(empty=True)
    visitor = _text(empty=True)
    organisation = _text(empty=True)
    about = _text(empty=True)
    needs = _text(empty=True)
    is_shared = _truth()
    has_notes = _truth()
    idea_ids = _list(fields.Integer())


class Application(Shape):
    id = _number()
    region_id = _number()
    idea_id = _number(empty=True)
    title = _text(empty=True)
    company_id = _number(empty=True)
    company = _text(empty=True)
    municipality_id = _number(empty=True)
    instrument_id = _number(empty=True)
    instrument = _text(empty=True)
    status = _word(*ApplicationStatus)
    status_on = _day(empty=True)
    sent_on = _day(empty=True)
    deadline_on = _day(empty=True)
    planned_on = _day(empty=True)
    report_due_on = _day(empty=True)
    sought_nok = _number(empty=True)
    granted_nok = _number(empty=True)
    paid_nok = _number(empty=True)
    returned_nok = _number(empty=True)
    reference = _text(empty=True)


class _Page(Shape):
    next_cursor = _text(empty=True)


class IdeaPage(_Page):
    items = _list(Idea)
    withheld = fields.Integer(
        required=True,
        metadata={"description": "How many more there are that the token may not read."},
    )


class CompanyPage(_Page):
    items = _list(Company)


class VisitPage(_Page):
    items = _list(Visit)


class ApplicationPage(_Page):
    items = _list(Application)


class Board(Shape):
    as_of = _day()
    region = _text(empty=True)
    stages = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    parked = _number()
    stopped = _number()
    launched = _number()


class Metrics(Shape):
    as_of = _day()
    from_ = fields.Date(required=True, data_key="from")
    to = _day()
    region = _text(empty=True)
    metrics = _amounts()
    unknown_ = _amounts("unknown")


class MetricRow(Shape):
    id = _number()
    day = _day(empty=True)
    idea_id = _number(empty=True)
    title = _text(empty=True)
    company = _text(empty=True)
    municipality = _text(empty=True)
    amount = fields.Float(required=True, allow_none=True)


class MetricRows(_Page):
    metric = _text()
    label = _text()
    kind = _word(*Kind)
    unit = _word(*Unit)
    value = fields.Float(required=True)
    count = _number()
    withheld = fields.Integer(
        required=True, metadata={"description": "Rows that count but may not be read."}
    )
    items = _list(MetricRow)


class Goal(Shape):
    id = _number()
    programme_id = _number()
    programme = _text()
    metric = _text()
    label = _text()
    unit = _word(*Unit)
    region_id = _number(empty=True)
    county = _text(empty=True)
    municipality = _text(empty=True)
    focus_area = _text(empty=True)
    from_ = fields.Date(required=True, data_key="from")
    to = _day()
    as_of = _day()
    baseline = _number()
    target = _number()
    so_far = fields.Float(required=True)
    expected = fields.Float(required=True)
    unknown_ = fields.Integer(required=True, data_key="unknown")
    is_on_track = _truth()
    is_reached = _truth()
    is_over = _truth()
    is_net = _truth()
    is_invented = _truth()


class Goals(Shape):
    items = _list(Goal)


class Region(Shape):
    id = _number()
    name = _text()


class StageTold(Shape):
    id = _number()
    key = _text()
    kind = _text()
    label = _text()


class Me(Shape):
    name = _text()
    role = _text()
    token = _text()
    scopes = _list(_word(*Scope))
    expires_at = fields.DateTime(required=True)
    regions = _list(Region)
    stages = _list(StageTold)


class VisitMade(Shape):
    visit = fields.Nested(Visit, required=True)
    idea_id = _number(empty=True)


class Moved(Shape):
    change_id = _number()
    idea = fields.Nested(Idea, required=True)


class Problem(Shape):
    """What is wrong, as RFC 9457 has it."""

    type = _text()
    title = _text()
    status = _number()
    detail = fields.String(required=True, metadata={"description": "A sentence for people."})
    code = fields.String(required=True, metadata={"description": "A word for programs."})
    fields_ = fields.List(fields.String(), data_key="fields")
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
