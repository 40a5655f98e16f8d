"""The charts and the PDF of a summary: drawn, kept when it is approved, and found again."""

import base64
import logging
import re
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.errors import RuleBroken
from incubator.mail import attachments
from incubator.mail.attachments import Enclosed, Kept
from incubator.mail.models import File
from incubator.summaries import drawing, letter, paper, queries
from incubator.summaries.drawing import Drawn, Job, NotDrawn
from incubator.summaries.models import Summary, SummaryFile, SummaryStatus

log = logging.getLogger(__name__)
HOME_LOCALE = "nb"  # what is archived even where nobody reads it in the mail
PNG, PDF = "image/png", "application/pdf"
ON_NO_LINE = re.compile(r"[^\w-]+")


def pdf_name(summary: Summary, locale: str) -> str:
    """Name the PDF so that it says of what and when it is."""
    version = f"-v{summary.version}" if summary.version > 1 else ""
    place = f"{summary.contents['place']} {letter.period_name(summary, locale)}"
    return f"{ON_NO_LINE.sub('-', place).strip('-')[:80]}{version}.pdf"


def jobs_of(session: Session, summary_ids: Sequence[int]) -> list[Job]:
    """Say what approving some drafts will have to draw; two queries."""
    drafts = session.scalars(
        sa.select(Summary)
        .where(Summary.id.in_(summary_ids), Summary.status == SummaryStatus.DRAFT)
        .order_by(Summary.id)
    ).all()
    listed = queries.recipients(session, [draft.partner_id for draft in drafts])
    return [
        paper.job_of(draft, locale)
        for draft in drafts
        for locale in sorted(
            {HOME_LOCALE, *(one.locale for one in listed.get(draft.partner_id, []))}
        )
    ]


def draw_before(jobs: Sequence[Job]) -> dict[str, Drawn]:
    """Draw for many approvals in one process, outside of their transactions.

    What fails here is left out: the approval that needs it tries again, and says so.
    """
    try:
        return drawing.draw(jobs)
    except NotDrawn as no:
        log.error("reports could not be drawn: %s", no)
        return {}


def freeze(
    session: Session, summary: Summary, locales: Iterable[str], drawn: Mapping[str, Drawn]
) -> dict[str, list[Kept]]:
    """Keep the charts and the PDF of a summary in some languages; give what mail is to carry.

    What is not among `drawn` is drawn here. Raises RuleBroken when that fails.
    """
    jobs = {locale: paper.job_of(summary, locale) for locale in {*locales, HOME_LOCALE}}
    ready = _complete(list(jobs.values()), drawn)
    kept = {}
    for locale, job in sorted(jobs.items()):
        files = _named(summary, locale, ready[job.key])
        kept[locale] = [
            Kept(attachments.keep(session, one.content, one.media_type), one.name, one.content_id)
            for one in files
        ]
        session.add_all(
            SummaryFile(
                summary_id=summary.id, locale=locale, name=one.name, content_id=one.content_id,
                file_id=one.file_id,
            )
            for one in kept[locale]
        )  # fmt: skip
    return kept


def enclosed(session: Session, summary: Summary, locale: str) -> list[Kept]:
    """Keep what mail of a summary is to carry in one language, drawn as it is now.

    Raises RuleBroken when that fails.
    """
    job = paper.job_of(summary, locale)
    files = _named(summary, locale, _complete([job], {})[job.key])
    return [
        Kept(attachments.keep(session, one.content, one.media_type), one.name, one.content_id)
        for one in files
    ]


def _complete(jobs: Sequence[Job], drawn: Mapping[str, Drawn]) -> dict[str, Drawn]:
    ready = {job.key: drawn[job.key] for job in jobs if job.key in drawn}
    missing = [job for job in jobs if job.key not in ready]
    try:
        ready |= drawing.draw(missing)
    except NotDrawn as no:
        log.error("a report could not be drawn: %s", no)
        raise RuleBroken("summary_not_drawn") from no
    if any(job.key not in ready for job in jobs):
        raise RuleBroken("summary_not_drawn")
    return ready


def _named(summary: Summary, locale: str, drawn: Drawn) -> list[Enclosed]:
    charts = letter.about(summary, locale)["charts"]
    pictures = [
        Enclosed(chart.name, PNG, content, chart.content_id)
        for chart, content in zip(charts, drawn.pictures, strict=True)
    ]
    if drawn.report is None:
        return pictures
    return [*pictures, Enclosed(pdf_name(summary, locale), PDF, drawn.report)]


def frozen(session: Session, summary_id: int, locale: str | None = None) -> list[Enclosed]:
    """Read what was kept of a summary, in one language or in all; one query."""
    query = (
        sa.select(SummaryFile.name, File.media_type, File.content, SummaryFile.content_id)
        .join(File, File.id == SummaryFile.file_id)
        .where(SummaryFile.summary_id == summary_id)
        .order_by(SummaryFile.id)
    )
    if locale is not None:
        query = query.where(SummaryFile.locale == locale)
    return [Enclosed(*row) for row in session.execute(query)]


def pictures(session: Session, summary: Summary, locale: str) -> list[Enclosed]:
    """Give the charts as they were kept, or as they would be: equal contents give equal bytes."""
    found = [one for one in frozen(session, summary.id, locale) if one.content_id is not None]
    if found:
        return found
    job = paper.job_of(summary, locale, with_report=False)
    return _named(summary, locale, _complete([job], {})[job.key]) if job.charts else []


def report(session: Session, summary: Summary, locale: str) -> Enclosed:
    """Give the PDF as it was kept, or as it would be. Raises RuleBroken when it is not drawn."""
    found = [one for one in frozen(session, summary.id, locale) if one.content_id is None]
    if found:
        return found[0]
    job = paper.job_of(summary, locale)
    return _named(summary, locale, _complete([job], {})[job.key])[-1]


def with_pictures(html: str, pictures: Sequence[Enclosed]) -> str:
    """Put the pictures of a mail into its HTML, for a browser, which has no mail around it."""
    for one in pictures:
        content = base64.b64encode(one.content).decode()
        html = html.replace(f'"cid:{one.content_id}"', f'"data:{one.media_type};base64,{content}"')
    return html
