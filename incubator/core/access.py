"""Who may do what: the actor of a request, the permissions, the mark that every view wears."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from flask import g

from incubator.core.errors import NotAllowed

View = TypeVar("View", bound=Callable[..., Any])


class Permission(StrEnum):
    """What a role can be allowed to do, in the regions where the person works."""

    SIGNED_IN = "signed_in"
    COUNTS_SEE = "counts:see"
    BOARD_SEE = "board:see"
    IDEA_SEE = "idea:see"
    IDEA_ADD = "idea:add"
    IDEA_MOVE = "idea:move"
    IDEA_MOVE_ANY = "idea:move_any"
    IDEA_CORRECT = "idea:correct"
    IDEA_CORRECT_ANY = "idea:correct_any"
    COMPANY_SEE = "company:see"
    COMPANY_EDIT = "company:edit"
    FOLLOWUP_EDIT = "followup:edit"
    VISIT_SEE = "visit:see"
    VISIT_LOG = "visit:log"
    GOAL_EDIT = "goal:edit"
    IMPORT = "import"
    PRIVACY = "privacy"
    ADMIN = "admin"


class Via(StrEnum):
    """The door through which a change came."""

    WEB = "web"
    COMMAND_LINE = "command_line"
    IMPORT = "import"
    DEMO = "demo"
    WORKER = "worker"
    API = "api"


@dataclass(frozen=True)
class Actor:
    """Who acts: a signed-in person, or the command line (which has no id)."""

    id: int | None
    name: str
    role: str
    permissions: frozenset[Permission]
    region_ids: frozenset[int] | None  # None: all of them
    organisation_id: int | None = None
    email: str = ""
    initials: str = ""
    locale: str = "nb"
    role_label: Any = ""
    via: Via = Via.WEB
    region_names: dict[int, str] = field(default_factory=dict, compare=False, hash=False)
    once: str = field(default="", compare=False)  # under which it may be sent again

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def works_in(self, region_id: int | None) -> bool:
        return self.region_ids is None or region_id in self.region_ids

    def in_regions(self, column: Any) -> sa.ColumnElement[bool]:
        """Say in SQL that a row lies in one of this person's regions."""
        if self.region_ids is None:
            return sa.true()
        return cast("sa.ColumnElement[bool]", column.in_(sorted(self.region_ids)))


def command_line(via: Via = Via.COMMAND_LINE) -> Actor:
    """Make the actor of a command that nobody has put a name to."""
    return Actor(None, "kommandolinje", "admin", frozenset(Permission), None, via=via)


def requires(permission: Permission) -> Callable[[View], View]:
    """Mark a view with the permission that it needs; `guard` in accounts asks for it."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Mark a view as open to everybody."""
    view.permission = None  # type: ignore[attr-defined]
    return view


def current_actor() -> Actor:
    """Give who is signed in. Raises NotAllowed when nobody is."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        raise NotAllowed("sign_in")
    return actor


def must(actor: Actor, permission: Permission, region_id: int | None = None) -> None:
    """Raise NotAllowed unless the actor has the permission, and works in the region."""
    if not actor.may(permission):
        raise NotAllowed("not_permitted", permission=permission.value)
    if region_id is not None and not actor.works_in(region_id):
        raise NotAllowed("other_region")
