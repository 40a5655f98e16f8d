"""A summary as each recipient gets it: HTML, text and PDF; and as a package for the archive."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import NotFound
from incubator.core.forms import whole_number
from incubator.core.web import download
from incubator.mail.letters import Letter
from incubator.summaries import files, letter, package, queries
from incubator.summaries.models import Recipient, Summary
from incubator.summaries.queries import Agreement
from incubator.summaries.views.blueprint import bp, place, readable

# A mail has its styles and pictures in itself, and nothing else: no script, nothing from elsewhere.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
)
ALONE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


def _reader(agreement: Agreement) -> Recipient | None:
    """Give the recipient that an editor asks for; partners see it addressed to nobody."""
    wanted = whole_number(request.args.get("til"))
    if wanted is None or not current_actor().may(Permission.GOAL_EDIT):
        return None
    listed = queries.recipients(db.session, [agreement.partner.id]).get(agreement.partner.id, [])
    found = next((one for one in listed if one.id == wanted), None)
    if found is None:
        raise NotFound("not_found")
    return found


def _written(summary: Summary, agreement: Agreement, locale: str) -> Letter:
    return letter.write(
        summary, _reader(agreement), locale, site=place().site, stop_url=f"{place().site}/#"
    )


@bp.get("/<int:summary_id>/epost/<any(nb, en):locale>")
@requires(Permission.COUNTS_SEE)
def preview(summary_id: int, locale: str) -> ResponseReturnValue:
    """Answer with the mail as a recipient gets it, its pictures in it."""
    summary, agreement = readable(current_actor(), summary_id)
    written = _written(summary, agreement, locale)
    html = files.with_pictures(written.html, files.pictures(db.session, summary, locale))
    return Response(
        html, content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": MAIL_POLICY, **ALONE},
    )  # fmt: skip


@bp.get("/<int:summary_id>/tekst/<any(nb, en):locale>")
@requires(Permission.COUNTS_SEE)
def preview_text(summary_id: int, locale: str) -> ResponseReturnValue:
    """Answer with the mail as who reads text alone gets it."""
    summary, agreement = readable(current_actor(), summary_id)
    written = _written(summary, agreement, locale)
    return Response(
        f"{written.subject}\n\n{written.text}", content_type="text/plain; charset=utf-8",
        headers=ALONE,
    )  # fmt: skip


@bp.get("/<int:summary_id>/pdf/<any(nb, en):locale>")
@requires(Permission.COUNTS_SEE)
def preview_pdf(summary_id: int, locale: str) -> ResponseReturnValue:
    """Answer with the PDF that is attached."""
    summary, _agreement = readable(current_actor(), summary_id)
    found = files.report(db.session, summary, locale)
    return download(found.content, found.name, is_shown=True)


@bp.get("/<int:summary_id>/pakke")
@requires(Permission.COUNTS_SEE)
def archive(summary_id: int) -> ResponseReturnValue:
    """Answer with all that was told and how it was sent, as one file to be kept."""
    viewer = current_actor()
    summary, agreement = readable(viewer, summary_id)
    may_edit = viewer.may(Permission.GOAL_EDIT)
    content = package.build(db.session, summary, agreement, with_addresses=may_edit)
    return download(content, package.name_of(summary, agreement))
