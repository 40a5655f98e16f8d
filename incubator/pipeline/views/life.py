"""Tags, links and the archive of an idea, what it said before, and sharing it with partners."""

from datetime import date

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from markupsafe import Markup

from incubator.accounts.models import Role
from incubator.accounts.permissions import PERMISSIONS
from incubator.core import db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import RuleBroken
from incubator.core.formats import day
from incubator.core.forms import Form, whole_number
from incubator.core.refusals import sentence
from incubator.core.web import page
from incubator.ideas import archive, links, operations, queries as ideas, tags
from incubator.ideas.models import Idea, LinkKind
from incubator.ideas.queries.history import list_altered
from incubator.pipeline import card
from incubator.pipeline.views.blueprint import Toast, asked_region, behind_others, bp
from incubator.pipeline.views.card import answered, idea_page

PAGE = 50
FIELD_LABELS = {
    "title": _l("Title"),
    "problem": _l("The problem"),
    "description": _l("More about it"),
    "company_id": _l("Company"),
    "founder_contact_id": _l("Founder"),
    "municipality_id": _l("Municipality"),
    "owner_id": _l("Owner"),
    "owner_name": _l("Owner"),
    "focus_areas": _l("Focus areas"),
    "tags": _l("Tags"),
    "launched_what": _l("What is launched"),
    "first_sale_planned_on": _l("Planned first sale"),
    "is_shared": _l("Shared with the partners"),
    "archived_on": _l("Archived"),
    "link": _l("Link"),
    "body": _l("Comment"),
    "voided_at": _l("Comment"),
}
LINK_LABELS = {
    (LinkKind.RELATED, True): _l("Related to"),
    (LinkKind.RELATED, False): _l("Related to"),
    (LinkKind.BUILDS_ON, True): _l("Builds on"),
    (LinkKind.BUILDS_ON, False): _l("Is the ground for"),
    (LinkKind.DUPLICATE, True): _l("Duplicate of"),
    (LinkKind.DUPLICATE, False): _l("Has the duplicate"),
}


def _toast(text: str, change_id: int) -> Toast:
    return Toast(text, f"/endringer/{change_id}/angre")


# Tags


@bp.get("/ideer/<int:idea_id>/merkelapper/forslag")
@requires(Permission.IDEA_SEE)
def tag_suggestions(idea_id: int) -> ResponseReturnValue:
    """Offer the region's tags while one types."""
    found = ideas.get_visible(db.session, current_actor(), idea_id)
    text = request.args.get("tag", "")[: tags.LONGEST]
    known = tags.list_tags(db.session, found.region_id, text, tags.MOST_OFFERED)
    return page("ideas/suggestions.html", names=[tag.name for tag in known])


@bp.post("/ideer/<int:idea_id>/merkelapper")
@requires(Permission.IDEA_MOVE)
@behind_others
def add_tag(idea_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    name = request.form.get("tag", "")
    try:
        made = tags.tag_ideas(db.session, viewer, [found], name)
    except RuleBroken as no:
        wrong = sentence(no.code, no.details)
        return idea_page(viewer, idea_id, tag=name[:200], tag_error=wrong), 422
    if made is None:
        return answered(viewer, found, Toast(_("The idea has this tag already.")))
    return answered(viewer, found, _toast(_("Tagged."), made.id))


@bp.post("/ideer/<int:idea_id>/merkelapper/<int:tag_id>/fjern")
@requires(Permission.IDEA_MOVE)
@behind_others
def remove_tag(idea_id: int, tag_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    tag = tags.get_tag(db.session, found.region_id, tag_id)
    made = tags.untag_ideas(db.session, viewer, [found], tag)
    text = _("The tag is taken away.")
    return answered(viewer, found, _toast(text, made.id) if made else Toast(text))


# Links


@bp.get("/ideer/<int:idea_id>/lenker/ny")
@requires(Permission.IDEA_MOVE)
def link_form(idea_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    operations.must_be_allowed(viewer, found)
    return _link_page(viewer, found)


def _link_page(viewer: Actor, found: Idea, refusal: str = "") -> str:
    text = request.values.get("q", "").strip()[:100]
    hits = ideas.search(db.session, viewer, text) if text else []
    return page(
        "ideas/link.html",
        idea={"id": found.id, "title": found.title, "href": f"/ideer/{found.id}"},
        text=text,
        found=[one for one in hits if one.id != found.id and one.region_id == found.region_id][:20],
        kinds=[(kind.value, LINK_LABELS[kind, True]) for kind in LinkKind],
        kind=request.values.get("kind", LinkKind.RELATED.value),
        refusal=refusal,
        form=Form(formdata=None),
    )


@bp.post("/ideer/<int:idea_id>/lenker")
@requires(Permission.IDEA_MOVE)
@behind_others
def link(idea_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    other_id = whole_number(request.form.get("other"))
    kinds = {kind.value: kind for kind in LinkKind}
    kind = kinds.get(request.form.get("kind", ""), LinkKind.RELATED)
    if not other_id:
        return _link_page(viewer, found, _("Choose the other idea.")), 422
    other = ideas.get_visible(db.session, viewer, other_id)
    try:
        made = links.link_ideas(db.session, viewer, found, other, kind)
    except RuleBroken as no:
        return _link_page(viewer, found, sentence(no.code, no.details)), 422
    return answered(viewer, found, _toast(_("Linked."), made.id))


@bp.post("/ideer/<int:idea_id>/lenker/<int:link_id>/fjern")
@requires(Permission.IDEA_MOVE)
@behind_others
def unlink(idea_id: int, link_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    made = links.unlink_ideas(db.session, viewer, found, link_id)
    return answered(viewer, found, _toast(_("The link is taken away."), made.id))


# The archive


@bp.post("/ideer/<int:idea_id>/arkiver")
@requires(Permission.IDEA_MOVE)
@behind_others
def archive_idea(idea_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    operations.must_be_allowed(viewer, found)
    if found.archived_on is not None:  # sent twice
        return answered(viewer, found, Toast(_("Archived.")))
    made = archive.archive_idea(db.session, viewer, found)
    return answered(viewer, found, _toast(_("Archived."), made.id))


@bp.post("/ideer/<int:idea_id>/hent-tilbake")
@requires(Permission.IDEA_MOVE)
@behind_others
def bring_back(idea_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    operations.must_be_allowed(viewer, found)
    if found.archived_on is None:
        return answered(viewer, found, Toast(_("Brought back.")))
    made = archive.bring_back(db.session, viewer, found)
    return answered(viewer, found, _toast(_("Brought back."), made.id))


@bp.get("/ideer/arkiv")
@requires(Permission.BOARD_SEE)
def archived() -> ResponseReturnValue:
    viewer = current_actor()
    region = asked_region(viewer)
    number = whole_number(request.args.get("side")) or 1
    rows = archive.list_archived(
        db.session, viewer, region.id, offset=(number - 1) * PAGE, limit=PAGE + 1
    )
    stages = ideas.list_stages(db.session)
    return page(
        "ideas/archived.html",
        region=region,
        rows=rows[:PAGE],
        has_more=len(rows) > PAGE,
        number=number,
        stages={stage.id: stage.label(viewer.locale) for stage in stages},
        statuses={status.value: label for status, label in card.STATUS_LABELS.items()},
    )


# What it said before


@bp.get("/ideer/<int:idea_id>/endringer")
@requires(Permission.IDEA_SEE)
def field_history(idea_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    number = whole_number(request.args.get("side")) or 1
    rows = list_altered(db.session, viewer, idea_id, offset=(number - 1) * PAGE, limit=PAGE + 1)
    return page(
        "ideas/fields.html",
        idea={"id": found.id, "title": found.title, "href": f"/ideer/{found.id}"},
        rows=[
            row._replace(
                field=str(FIELD_LABELS[row.field]),
                old=_written(row.field, row.old),
                new=_written(row.field, row.new),
            )
            for row in rows[:PAGE]
        ],
        has_more=len(rows) > PAGE,
        number=number,
    )


def _written(field: str, value: str | None) -> str:
    """Write a value of the log as a person reads it."""
    if field == "voided_at":
        return str(_("deleted")) if value else ""
    if field == "is_shared":
        return str(_("yes") if value == "true" else _("no"))
    if field in ("first_sale_planned_on", "archived_on") and value:
        return day(date.fromisoformat(value))
    return value or ""


# Sharing, with what the partners would see


@bp.get("/ideer/<int:idea_id>/del")
@requires(Permission.IDEA_CORRECT)
def share_form(idea_id: int) -> ResponseReturnValue:
    """Show what partners would see, made by what they get: their query and their page."""
    viewer = current_actor()
    found = ideas.get_page(db.session, viewer, idea_id)
    operations.must_be_allowed(viewer, found.idea)
    partner = Actor(
        None, "", Role.PARTNER, PERMISSIONS[Role.PARTNER], frozenset({found.idea.region_id}),
        locale=viewer.locale, region_names=viewer.region_names,
    )  # fmt: skip
    seen = idea_page(partner, idea_id, is_whole=False, found=found, is_preview=True)
    return page(
        "ideas/share.html",
        idea={
            "id": found.idea.id, "title": found.idea.title, "href": f"/ideer/{found.idea.id}",
            "is_shared": found.idea.is_shared,
        },
        seen=Markup(seen),  # noqa: S704
        form=Form(formdata=None),
    )  # fmt: skip
