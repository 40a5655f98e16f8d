"""The one table that says what a role may do (in the person's own regions)."""

from flask_babel import lazy_gettext as _l

from incubator.accounts.models import Role
from incubator.core.access import Permission

SEES_COUNTS = frozenset({Permission.SIGNED_IN, Permission.COUNTS_SEE, Permission.BOARD_SEE})
WORKS_IN_THE_FIELD = SEES_COUNTS | {
    Permission.IDEA_SEE,
    Permission.IDEA_ADD,
    Permission.IDEA_MOVE,
    Permission.IDEA_CORRECT,
    Permission.COMPANY_SEE,
    Permission.COMPANY_EDIT,
    Permission.FOLLOWUP_EDIT,
    Permission.VISIT_SEE,
    Permission.VISIT_LOG,
}
DEVELOPS = WORKS_IN_THE_FIELD | {Permission.IDEA_MOVE_ANY, Permission.IMPORT}
MANAGES = DEVELOPS | {Permission.IDEA_CORRECT_ANY, Permission.GOAL_EDIT, Permission.PRIVACY}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
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
