"""Put a summary together as one file for the partner's archive: PDF, figures, rows, mail log."""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from incubator.core.clock import OSLO
from incubator.core.errors import RuleBroken
from incubator.core.sheets import Cell, SheetOut, as_csv
from incubator.goals.metrics import BY_KEY, Unit
from incubator.mail import letters
from incubator.mail.attachments import Enclosed
from incubator.summaries import files, letter, queries
from incubator.summaries.models import Summary, SummaryStatus
from incubator.summaries.queries import Agreement

LOCALE = files.HOME_LOCALE
WORDS = "summary/_words.txt"
NOT_IN_A_NAME = re.compile(r"[^\w.-]+")


def case_number(summary: Summary, agreement: Agreement) -> str:
    """Give the partner's case number: the one that was reported under, else today's."""
    return summary.contents.get("case_number") or agreement.partner.case_number or ""


def name_of(summary: Summary, agreement: Agreement) -> str:
    """Name the package by case number, place and month."""
    named = files.pdf_name(summary, LOCALE).removesuffix(".pdf")
    case = NOT_IN_A_NAME.sub("-", case_number(summary, agreement)).strip("-.")
    return f"{f'{case}_' if case else ''}{named}.zip"


def build(
    session: Session, summary: Summary, agreement: Agreement, *, with_addresses: bool
) -> bytes:
    """Make the package. Raises RuleBroken for what is not approved yet.

    `with_addresses`: also who got the mail, which one partner's people need not see of another.
    """
    if summary.status != SummaryStatus.APPROVED or summary.approved_at is None:
        raise RuleBroken("summary_not_approved")
    parts = [
        *_reports(session, summary),
        ("innhold.json", _contents(summary, agreement)),
        ("tall.csv", _figures(summary)),
        ("rettelser.csv", _corrections(summary)),
        ("utsending.csv", _log(session, summary, with_addresses=with_addresses)),
    ]
    if not letter.hides_small(summary):  # single rows are what such an agreement hides
        parts.append(("rader.csv", _rows(session, summary)))
    return _zipped(parts, summary.approved_at)


def _zipped(parts: Iterable[tuple[str, bytes]], at: datetime) -> bytes:
    local = at.astimezone(OSLO)
    moment = (local.year, local.month, local.day, local.hour, local.minute, local.second)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, content in parts:
            about = zipfile.ZipInfo(name, moment)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = 0o644 << 16
            package.writestr(about, content)
    return target.getvalue()


def _reports(session: Session, summary: Summary) -> list[tuple[str, bytes]]:
    """Give the PDFs as they were sent; drawn from what was frozen where none was kept."""
    kept = [one for one in files.frozen(session, summary.id) if one.media_type == files.PDF]
    found: Sequence[Enclosed] = kept or [files.report(session, summary, LOCALE)]
    return [(one.name, one.content) for one in found]


def _contents(summary: Summary, agreement: Agreement) -> bytes:
    """Write all that was told as data, with what says whose and of when it is."""
    assert summary.approved_at is not None
    told: dict[str, Any] = {
        "case_number": case_number(summary, agreement),
        "organisation": summary.contents["organisation"],
        "place": summary.contents["place"],
        "month": f"{summary.month:%Y-%m}",
        "version": summary.version,
        "known_at": summary.cut_off_at.isoformat(),
        "approved_at": summary.approved_at.isoformat(),
        "note": summary.note or "",
        "contents": summary.contents,
    }
    return json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True).encode()


def _table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    return as_csv(SheetOut("", header, rows))


def _figures(summary: Summary) -> bytes:
    words, _ = letters.words(WORDS, LOCALE), letters.texts_in(LOCALE).gettext
    return _table(
        (_("Figure"), _("In the period"), _("This year")),
        (
            (str(words.metric(one["metric"])), str(words.now(one)), str(words.year(one)))
            for one in letter.about(summary, LOCALE)["figures"]
        ),
    )


def _corrections(summary: Summary) -> bytes:
    words, _ = letters.words(WORDS, LOCALE), letters.texts_in(LOCALE).gettext
    found = letter.about(summary, LOCALE)["all_corrections"]
    return _table(
        (_("Correction"), _("Number of the record")),
        ((str(words.correction(one)), one.get("id")) for one in found),
    )


def _rows(session: Session, summary: Summary) -> bytes:
    words, _ = letters.words(WORDS, LOCALE), letters.texts_in(LOCALE).gettext
    return _table(
        (_("Figure"), _("Of"), _("Day"), _("Kind"), _("Number of the record"), _("Amount")),
        (
            (
                str(words.row_label(key)), str(words.span(span)), day, str(words.kind(kind)),
                number, _amount(key, amount),
            )
            for key, span, day, kind, number, amount in queries.rows_behind(session, summary.id)
        ),
    )  # fmt: skip


def _amount(key: str, amount: int | None) -> float | None:
    if amount is not None and key in BY_KEY and BY_KEY[key].unit == Unit.JOBS:
        return amount / 100
    return amount


def _log(session: Session, summary: Summary, *, with_addresses: bool) -> bytes:
    _ = letters.texts_in(LOCALE).gettext
    return _table(
        (
            _("Recipient"), _("E-mail"), "Message-ID", _("Queued"), _("Attempt"), _("Ended"),
            _("Outcome"), _("Answer"),
        ),
        (
            (
                recipient.name if with_addresses else "",
                message.to_address if with_addresses else "",
                message.message_id,
                _moment(message.queued_at),
                _moment(attempt.began_at) if attempt else None,
                _moment(attempt.ended_at) if attempt else None,
                attempt.outcome.value if attempt and attempt.outcome else "",
                (attempt.answer or "") if attempt and with_addresses else "",
            )
            for recipient, message, attempt in queries.mail_log(session, summary.id)
        ),
    )  # fmt: skip


def _moment(value: datetime | None) -> datetime | None:
    return value.astimezone(OSLO).replace(tzinfo=None) if value else None
