"""Attribute a result to the programmes that claim it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import RuleBroken, Stale
from incubator.core.facts import void
from incubator.goals import attribution, programmes
from incubator.goals.models import AttributedKind, Attribution
from incubator.reference.models import Programme
from incubator.reference.queries import lock_region


@dataclass(frozen=True, order=True)
class Claim:
    """A programme claims a result: whether it leads, and its share in whole percent."""

    programme_id: int
    is_lead: bool
    share: int


def attribute(
    session: Session,
    actor: Actor,
    kind: AttributedKind,
    subject_id: int,
    claims: Sequence[Claim],
    *,
    seen: Sequence[Claim] | None = None,
) -> Change | None:
    """Let a result count for these programmes alone; none: for all that it falls in.

    Raises RuleBroken for a programme named twice or not known, more than one lead, or a share
    that is no part; Stale when somebody attributed it otherwise than `seen` first. A sum above
    100 is kept as what it is, a claim, and is flagged wherever it is shown.
    """
    subject = attribution.get_subject(session, actor, kind, subject_id)
    must(actor, Permission.GOAL_EDIT, subject.region_id)
    lock_region(session, subject.region_id)
    standing = attribution.claims_on(session, kind, subject_id)
    stored = sorted(Claim(one.programme_id, one.is_lead, one.share) for one in standing)
    wanted = sorted(claims)
    if stored == wanted:
        return None
    if seen is not None and sorted(seen) != stored:
        raise Stale("changed_meanwhile")
    _must_make_sense(session, actor, wanted, stored)
    change = audit.record(
        session, actor, "result.attributed", kind=kind.value, subject_id=subject_id,
        region_id=subject.region_id,
    )  # fmt: skip
    for row in standing:
        if Claim(row.programme_id, row.is_lead, row.share) not in wanted:
            void(session, row, change)
    flush(session)
    for claim in wanted:
        if claim not in stored:
            row = Attribution(
                programme_id=claim.programme_id, subject_kind=kind, subject_id=subject_id,
                is_lead=claim.is_lead, share=claim.share,
            )  # fmt: skip
            audit.stamp(row, change)
            session.add(row)
    values = {"claims": (_in_words(stored), _in_words(wanted))}
    audit.note_values(session, change, kind.value, subject_id, values)
    flush(session)
    return change


def _must_make_sense(
    session: Session, actor: Actor, wanted: Sequence[Claim], stored: Sequence[Claim]
) -> None:
    ids = [claim.programme_id for claim in wanted]
    if len(set(ids)) < len(ids):
        raise RuleBroken("claimed_twice", fields=["claims"])
    if sum(claim.is_lead for claim in wanted) > 1:
        raise RuleBroken("several_leads", fields=["claims"])
    if any(not 1 <= claim.share <= 100 for claim in wanted):
        raise RuleBroken("bad_share", fields=["claims"])
    new = set(ids) - {claim.programme_id for claim in stored}
    known = programmes.seen_by(actor).with_only_columns(Programme.id)
    found = set(session.scalars(known.where(Programme.id.in_(new)))) if new else set()
    if new - found:
        raise RuleBroken("no_such_programme", fields=["claims"])


def _in_words(claims: Sequence[Claim]) -> str | None:
    """Write claims for the log: programme, share, and a star on who leads."""
    return ", ".join(f"{c.programme_id}: {c.share} %{'*' * c.is_lead}" for c in claims) or None
