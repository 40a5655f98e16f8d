"""The blueprint of the summaries, and who may look at one."""

from flask import Blueprint, current_app

from config import Settings
from incubator.accounts.store import public_address
from incubator.core import db
from incubator.core.access import Actor, Permission
from incubator.core.errors import NotFound
from incubator.core.links import Place
from incubator.reference import kept
from incubator.summaries import queries
from incubator.summaries.models import Summary, SummaryStatus
from incubator.summaries.queries import Agreement

bp = Blueprint("summaries", __name__, url_prefix="/rapporter")


def place() -> Place:
    """Say where the program answers, as the mail must."""
    settings: Settings = current_app.config["SETTINGS"]
    return Place(public_address()["site"], settings.secret_key)


def has_server() -> bool:
    """Say whether mail leaves at all, or is written to files."""
    settings: Settings = current_app.config["SETTINGS"]
    return kept.with_mail(db.session, settings).mail_server is not None


def readable(viewer: Actor, summary_id: int) -> tuple[Summary, Agreement]:
    """Give a summary to an editor, and what was approved to the partner that it was written for.

    Raises NotFound for anybody else.
    """
    summary, agreement = queries.get_summary(db.session, viewer, summary_id)
    is_theirs = viewer.organisation_id == agreement.partner.organisation_id
    is_told = summary.status == SummaryStatus.APPROVED
    if viewer.may(Permission.GOAL_EDIT) or (is_theirs and is_told):
        return summary, agreement
    raise NotFound("not_found")
