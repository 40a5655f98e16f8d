"""Write down money that came for a granted application, or went back to the funder."""

from datetime import date

from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor
from incubator.core.db import flush
from incubator.core.errors import NotAllowed, RuleBroken, Stale
from incubator.core.texts import collapse
from incubator.funding import rules
from incubator.funding.models import Application, Payment, PaymentKind
from incubator.funding.operations.taking import record, take, void_noted
from incubator.funding.queries import turns_of


def record_payment(
    session: Session,
    actor: Actor,
    application: Application,
    kind: PaymentKind,
    *,
    on: date,
    amount_nok: int,
    note: str = "",
    seen: str | None = None,
) -> Payment:
    """Write down a payment, or what was returned of it.

    Raises RuleBroken for money before its grant or above it, for more returned than paid, a
    day in the future; Stale when something happened to the application since it was `seen`.
    """
    take(session, actor, application, seen)
    if on > clock.today():
        raise RuleBroken("in_the_future", fields=["on"])
    if amount_nok <= 0:
        raise RuleBroken("amount_above_nothing", fields=["amount_nok"])
    _must_go(session, application, (on, kind, amount_nok))
    change = record(session, actor, f"application.{kind.value}", application, collapse(note))
    payment = Payment(
        application_id=application.id, kind=kind, occurred_on=on, amount_nok=amount_nok,
        note=collapse(note) or None,
    )  # fmt: skip
    audit.stamp(payment, change)
    session.add(payment)
    flush(session)
    values = {"amount_nok": (None, amount_nok), "occurred_on": (None, on)}
    audit.note_values(session, change, "payment", payment.id, values)
    return payment


def _must_go(session: Session, application: Application, new: rules.Turn) -> None:
    turns = turns_of(session, application.id)
    if not any(kind == rules.GRANT for _day, kind, _amount in turns):
        raise RuleBroken("payment_without_grant", fields=["on"])
    if code := rules.wrong_money([*turns, new]):
        money = rules.sum_of(turns)
        field = "on" if code == "payment_without_grant" else "amount_nok"
        raise RuleBroken(code, fields=[field], left_nok=max(money.left, 0), kept_nok=money.kept)


def void_payment(
    session: Session, actor: Actor, application: Application, payment: Payment, *, reason: str
) -> Change:
    """Void a payment that was entered by mistake. Raises RuleBroken when more went back since."""
    take(session, actor, application)
    session.refresh(payment)
    if payment.is_voided or payment.application_id != application.id:
        raise Stale("application_changed")
    if not (rules.may_void(actor, application) or payment.recorded_by_id == actor.id):
        raise NotAllowed("not_your_application")
    if not reason.strip():
        raise RuleBroken("reason_missing", fields=["reason"])
    if rules.wrong_money(turns_of(session, application.id, without=payment.id)):
        raise RuleBroken("more_was_returned", fields=["reason"])
    change = record(session, actor, "application.payment_voided", application, reason.strip())
    void_noted(session, change, "payment", payment, payment.id)
    flush(session)
    return change
