"""What a token may: never more than its person, and never the settings."""

from collections.abc import Iterable
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from incubator.core.access import Actor, Permission


class Scope(StrEnum):
    COUNTS = "counts"
    READ = "read"
    ADD = "add"
    MOVE = "move"


_COUNTS = frozenset({Permission.SIGNED_IN, Permission.COUNTS_SEE, Permission.BOARD_SEE})
_READ = _COUNTS | {Permission.IDEA_SEE, Permission.COMPANY_SEE, Permission.VISIT_SEE}
# Whoever writes reads what it wrote.
GRANTS = {
    Scope.COUNTS: _COUNTS,
    Scope.READ: _READ,
    Scope.ADD: _READ | {Permission.IDEA_ADD, Permission.VISIT_LOG},
    Scope.MOVE: _READ | {Permission.IDEA_MOVE, Permission.IDEA_MOVE_ANY},
}
# What a person must be allowed to give it to a token.
NEEDS = {
    Scope.COUNTS: Permission.COUNTS_SEE,
    Scope.READ: Permission.IDEA_SEE,
    Scope.ADD: Permission.IDEA_ADD,
    Scope.MOVE: Permission.IDEA_MOVE,
}
LABELS = {
    Scope.COUNTS: _l("Read figures, goals, the board's counts and the shared ideas"),
    Scope.READ: _l("Read ideas, companies, visits and applications"),
    Scope.ADD: _l("Add ideas and log visits"),
    Scope.MOVE: _l("Move ideas"),
}


def offered_to(person: Actor) -> list[Scope]:
    """List what a person can give a token."""
    return [scope for scope in Scope if person.may(NEEDS[scope])]


def granted(scopes: Iterable[str]) -> frozenset[Permission]:
    """Give the permissions of some scopes; a word that is none grants nothing."""
    known = [Scope(word) for word in scopes if word in set(Scope)]
    return frozenset().union(*(GRANTS[scope] for scope in known))
