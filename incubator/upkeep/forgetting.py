"""Delete what has been kept for as long as the settings say, and leave a change that says so."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from sqlalchemy.orm import Session

from incubator.accounts.models import SignIn, SignInAttempt
from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core.access import Actor
from incubator.mail.models import Attachment, Attempt, File, Message
from incubator.reference.numbers import MAIL_MONTHS, SIGN_IN_DAYS, value
from incubator.summaries.models import Delivery, SummaryFile

FORGOTTEN = "setting.forgotten"
FAILED_STAY = timedelta(days=1)
AT_ONCE = 5_000  # letters of one night, so that nobody waits long for their turn to write


def forget_old(session: Session, actor: Actor, now: datetime) -> Change | None:
    """Delete letters, sign-ins and failed attempts past their time; None where there is none.

    A report's letter stays with its delivery: what was told to partners stays told.
    """
    letters = _forget_letters(session, now - relativedelta(months=value(session, MAIL_MONTHS)))
    over = sa.func.coalesce(SignIn.ended_at, SignIn.expires_at)
    before = now - timedelta(days=value(session, SIGN_IN_DAYS))
    sign_ins = _delete(session, SignIn, over < before, SignIn.expires_at < now)
    is_locked = sa.func.coalesce(SignInAttempt.locked_until, SignInAttempt.last_failed_at)
    failed = _delete(session, SignInAttempt, is_locked < now - FAILED_STAY)
    counts = {"messages": letters, "sign_ins": sign_ins, "sign_in_attempts": failed}
    told = ", ".join(f"{name}: {count}" for name, count in counts.items() if count)
    return audit.record(session, actor, FORGOTTEN, kind="setting", note=told) if told else None


def _forget_letters(session: Session, before: datetime) -> int:
    left = sa.func.coalesce(Message.sent_at, Message.given_up_at)
    ids = session.scalars(
        sa.select(Message.id)
        .where(left < before, ~sa.exists().where(Delivery.message_id == Message.id))
        .order_by(Message.id)
        .limit(AT_ONCE)
    ).all()
    for table in (Attempt, Attachment):
        _delete(session, table, table.message_id.in_(ids))
    _delete(session, Message, Message.id.in_(ids))
    used = sa.or_(
        sa.exists().where(Attachment.file_id == File.id),
        sa.exists().where(SummaryFile.file_id == File.id),
    )
    if ids:
        _delete(session, File, ~used)
    return len(ids)


def _delete(session: Session, table: Any, *which: sa.ColumnElement[bool]) -> int:
    done = session.execute(
        sa.delete(table).where(*which).execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
