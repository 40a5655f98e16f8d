"""The first page of the settings: where everything is kept, and what to begin with."""

from flask import current_app
from flask.typing import ResponseReturnValue

from incubator.admin.beginning import first_steps
from incubator.admin.queries import counts
from incubator.admin.views.blueprint import bp
from incubator.core import db
from incubator.core.access import Permission, requires
from incubator.core.web import page
from incubator.reference import kept


@bp.get("")
@requires(Permission.ADMIN)
def settings() -> ResponseReturnValue:
    has_mail = kept.with_mail(db.session, current_app.config["SETTINGS"]).mail_server is not None
    return page(
        "admin/settings.html",
        counts=counts(db.session),
        beginning=first_steps(db.session, has_mail=has_mail),
    )
