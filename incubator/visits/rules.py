"""Who may read the notes of a visit, and who may correct it."""

from incubator.core.access import Actor, Permission
from incubator.visits.models import Visit


def owns_notes(actor: Actor, visit: Visit) -> bool:
    """Say whether the notes are this person's: the visitor's, the own organisation's."""
    if actor.may(Permission.ADMIN):
        return True
    if actor.id is not None and visit.visitor_id == actor.id:
        return True
    return visit.organisation_id is not None and visit.organisation_id == actor.organisation_id


def reads_notes(actor: Actor, visit: Visit) -> bool:
    """Say whether a person may read the notes: the own ones, and those that are shared."""
    return visit.is_shared or owns_notes(actor, visit)


def may_correct(actor: Actor, visit: Visit) -> bool:
    """Say whether a person may correct a visit: one of the own organisation, or any."""
    return actor.may(Permission.IDEA_CORRECT_ANY) or owns_notes(actor, visit)
