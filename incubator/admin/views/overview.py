"""The first page of the settings: where everything is kept, and what to begin with."""

from flask.typing import ResponseReturnValue

from incubator.admin.queries import counts
from incubator.admin.views.blueprint import bp
from incubator.core import db
from incubator.core.access import Permission, requires
from incubator.core.web import page


@bp.get("")
@requires(Permission.ADMIN)
def settings() -> ResponseReturnValue:
    return page("admin/settings.html", counts=counts(db.session))
