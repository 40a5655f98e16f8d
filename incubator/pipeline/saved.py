"""Keep views of the board under a name: one's own, or shared with all who work in a region."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import NotAllowed, NotFound, RuleBroken
from incubator.core.facts import void
from incubator.core.texts import collapse, fold
from incubator.pipeline.models import SavedView
from incubator.reference.queries import lock_region

KIND = "saved_view"
LONGEST, LONGEST_QUERY = 60, 1000
MOST = 100  # of one person, or of a region


def may_share(actor: Actor) -> bool:
    """Say whether somebody may make views for all who work in the region: who may move any card."""
    return actor.may(Permission.IDEA_MOVE_ANY)


def _seen_by(viewer: Actor) -> sa.ColumnElement[bool]:
    """Say in SQL which views a person sees: a shared one can be named after what partners may not.

    That is, the names that people give are text of theirs.
    """
    own = sa.and_(SavedView.owner_id.is_not(None), SavedView.owner_id == viewer.id)
    if not viewer.may(Permission.IDEA_SEE):
        return own
    return sa.or_(own, SavedView.owner_id.is_(None))


def list_views(session: Session, viewer: Actor, region_id: int) -> Sequence[SavedView]:
    """List the views of a region that a person sees: the own ones first, by name."""
    query = (
        sa.select(SavedView)
        .where(SavedView.region_id == region_id, SavedView.known(), _seen_by(viewer))
        .order_by(SavedView.owner_id.is_(None), SavedView.name_key, SavedView.id)
    )
    return session.scalars(query).all()


def get_view(session: Session, viewer: Actor, view_id: int) -> SavedView:
    """Give a view that a person sees. Raises NotFound."""
    mine = (viewer.in_regions(SavedView.region_id), SavedView.known(), _seen_by(viewer))
    view = session.scalar(sa.select(SavedView).where(SavedView.id == view_id, *mine))
    if view is None:
        raise NotFound("no_such_view")
    return view


def default_of(views: Sequence[SavedView]) -> SavedView | None:
    """Give the view that a board opens with: the own default, else the shared one."""
    return next((view for view in views if view.is_default), None)


def may_change(actor: Actor, view: SavedView) -> bool:
    """Say whether somebody may rename or delete a view."""
    return may_share(actor) if view.is_shared else view.owner_id == actor.id


def save_view(
    session: Session,
    actor: Actor,
    *,
    region_id: int,
    name: str,
    query: str,
    is_shared: bool = False,
    is_default: bool = False,
) -> SavedView:
    """Keep an address under a name; one that has the name already gets the address.

    Raises RuleBroken without a name, NotAllowed where one may not share.
    """
    must(actor, Permission.BOARD_SEE, region_id)
    if actor.id is None or (is_shared and not may_share(actor)):
        raise NotAllowed("not_permitted")
    lock_region(session, region_id)
    owner_id = None if is_shared else actor.id
    found = _named(session, region_id, owner_id, _checked(name))
    if found is not None:
        change_view(session, actor, found, name=name, query=query, is_default=is_default)
        return found
    if len(_of(session, region_id, owner_id)) >= MOST:
        raise RuleBroken("too_many_views", fields=["name"], most=MOST)
    change = audit.record(session, actor, "view.saved", kind=KIND, region_id=region_id)
    view = SavedView(
        region_id=region_id, owner_id=owner_id, name=collapse(name), name_key=fold(name),
        query=query[:LONGEST_QUERY], is_default=False,
    )  # fmt: skip
    audit.stamp(view, change)
    session.add(view)
    flush(session)
    change.subject_id = view.id
    made = {"name": (None, view.name), "query": (None, view.query)}
    audit.note_values(session, change, KIND, view.id, made)
    _make_default(session, change, view, is_default=is_default)
    flush(session)
    return view


def change_view(
    session: Session,
    actor: Actor,
    view: SavedView,
    *,
    name: str,
    query: str | None = None,
    is_default: bool,
) -> Change | None:
    """Give a view another name or address, or make it the default; None if nothing is different.

    Raises RuleBroken without a name or with that of another view, NotAllowed for another's view.
    """
    must(actor, Permission.BOARD_SEE, view.region_id)
    if not may_change(actor, view):
        raise NotAllowed("not_permitted")
    lock_region(session, view.region_id)
    other = _named(session, view.region_id, view.owner_id, _checked(name))
    if other is not None and other.id != view.id:
        raise RuleBroken("view_name_taken", fields=["name"])
    wanted = {"name": collapse(name), "query": view.query if query is None else query}
    altered = {f: (getattr(view, f), v) for f, v in wanted.items() if getattr(view, f) != v}
    if not altered and view.is_default == is_default:
        return None
    change = _record(session, actor, "view.changed", view)
    audit.note_values(session, change, KIND, view.id, altered)
    for field, (_old, value) in altered.items():
        setattr(view, field, value)
    view.name_key = fold(view.name)
    _make_default(session, change, view, is_default=is_default)
    flush(session)
    return change


def delete_view(session: Session, actor: Actor, view: SavedView) -> Change:
    """Take a view away. Raises NotAllowed for another's view."""
    must(actor, Permission.BOARD_SEE, view.region_id)
    if not may_change(actor, view):
        raise NotAllowed("not_permitted")
    lock_region(session, view.region_id)
    change = _record(session, actor, "view.deleted", view)
    void(session, view, change)
    flush(session)
    return change


def _record(session: Session, actor: Actor, verb: str, view: SavedView) -> Change:
    return audit.record(
        session, actor, verb, kind=KIND, subject_id=view.id, region_id=view.region_id
    )


def _checked(name: str) -> str:
    if not collapse(name):
        raise RuleBroken("name_missing", fields=["name"])
    return fold(name)


def _of(session: Session, region_id: int, owner_id: int | None) -> Sequence[SavedView]:
    """List the views of one person, or the shared ones."""
    whose = SavedView.owner_id.is_(None) if owner_id is None else SavedView.owner_id == owner_id
    here = (SavedView.region_id == region_id, SavedView.known(), whose)
    return session.scalars(sa.select(SavedView).where(*here)).all()


def _named(
    session: Session, region_id: int, owner_id: int | None, name_key: str
) -> SavedView | None:
    views = _of(session, region_id, owner_id)
    return next((view for view in views if view.name_key == name_key), None)


def _make_default(session: Session, change: Change, view: SavedView, *, is_default: bool) -> None:
    """Let a view be the default, or not; another that was it is no longer."""
    for other in _of(session, view.region_id, view.owner_id):
        wanted = is_default and other.id == view.id
        if other.is_default != wanted and (is_default or other.id == view.id):
            was = {"is_default": (other.is_default, wanted)}
            audit.note_values(session, change, KIND, other.id, was)
            other.is_default = wanted
