"""The one table that says what a role may do (in the person's own regions)."""

from flask_babel import lazy_gettext as _l

from incubator.accounts.models import Role
from incubator.core.access import Permission as P

SEES_COUNTS = frozenset({P.SIGNED_IN, P.COUNTS_SEE, P.BOARD_SEE})
WORKS_IN_THE_FIELD = SEES_COUNTS | {
    P.IDEA_SEE,
    P.IDEA_ADD,
    P.IDEA_MOVE,
    P.IDEA_CORRECT,
    P.COMPANY_SEE,
    P.COMPANY_EDIT,
    P.FOLLOWUP_EDIT,
}
DEVELOPS = WORKS_IN_THE_FIELD | {P.IDEA_MOVE_ANY, P.IMPORT}
MANAGES = DEVELOPS | {P.IDEA_CORRECT_ANY, P.GOAL_EDIT}

PERMISSIONS: dict[Role, frozenset[P]] = {
    Role.ADMIN: frozenset(P),
    Role.MANAGER: frozenset(MANAGES),
    Role.DEVELOPER: frozenset(DEVELOPS),
    Role.ADVISOR: frozenset(WORKS_IN_THE_FIELD),
    Role.PARTNER: frozenset(SEES_COUNTS),
}

ROLE_LABELS = {
    Role.ADMIN: _l("Administrator"),
    Role.MANAGER: _l("Manager"),
    Role.DEVELOPER: _l("Business developer"),
    Role.ADVISOR: _l("Business advisor"),
    Role.PARTNER: _l("Partner"),
}
