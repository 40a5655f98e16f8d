"""What a stage asks for before a card may stand in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from incubator.ideas.models import StageKind


@dataclass(frozen=True)
class Known:
    """What is known about a card: what a gate asks about."""

    has_owner: bool = False
    has_company: bool = False
    has_founder: bool = False
    has_problem: bool = False
    has_orgnr: bool = False
    has_application: bool = False
    has_instrument: bool = False
    has_application_date: bool = False
    has_amount: bool = False
    has_product: bool = False
    has_first_sale: bool = False


Gate = tuple[tuple[str, str], ...]

# (field that the dialog asks for, what must be known)
_COMPANY: Gate = (("company", "has_company"),)
GATES: Mapping[StageKind, Gate] = {
    StageKind.IDEA: (),
    StageKind.CASE: (
        ("owner_id", "has_owner"),
        ("company_or_founder", "has_company_or_founder"),
        ("problem", "has_problem"),
    ),
    StageKind.INCUBATOR: (*_COMPANY, ("orgnr", "has_orgnr")),
    StageKind.APPLICATION: (
        ("instrument_id", "has_instrument"),
        ("planned_on", "has_application_date"),
        ("sought_nok", "has_amount"),
    ),
    StageKind.MARKET: (("launched_what", "has_product"), ("first_sale_on", "has_first_sale")),
}


def lacking(kind: StageKind, known: Known) -> tuple[str, ...]:
    """Give the fields that a stage of a kind needs and that are not known."""
    return tuple(field for field, need in GATES[kind] if not _holds(need, known))


def _holds(need: str, known: Known) -> bool:
    if need == "has_company_or_founder":
        return known.has_company or known.has_founder
    held: bool = getattr(known, need)
    return held


def asked_for(
    source: StageKind, target: StageKind, known: Known, *, is_forward: bool
) -> tuple[str, ...]:
    """Give what a move asks for: what the new stage needs, and what the old one still lacks.

    A card from a list may stand in a stage without all that its gate would have asked for;
    that is asked for when it next goes forward. Going back asks for a reason only.
    """
    if not is_forward:
        return ()
    return tuple(dict.fromkeys((*lacking(source, known), *lacking(target, known))))
