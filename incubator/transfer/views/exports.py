"""What goes out of a region: what can be imported again, and all of it."""

import io
from collections.abc import Callable

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.forms import whole_number
from incubator.core.web import download
from incubator.reference.queries import choose_region
from incubator.transfer.archive.writing import write_workbook, write_zip
from incubator.transfer.views.blueprint import bp


@bp.get("/eksport/ideer.xlsx")
@requires(Permission.IMPORT)
def export_ideas() -> ResponseReturnValue:
    """Answer with the ideas of a region and all that is counted, to be imported again."""
    return _written(write_workbook, _("Ideas and events"), "xlsx")


@bp.get("/eksport/alt.zip")
@requires(Permission.ADMIN)
def export_all() -> ResponseReturnValue:
    """Answer with everything of a region as CSV files and what they mean."""
    return _written(write_zip, _("Everything"), "zip")


def _written(write: Callable[..., object], title: str, kind: str) -> ResponseReturnValue:
    viewer = current_actor()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    name = viewer.region_names[region_id]
    to = io.BytesIO()
    with db.one_moment(db.session):
        write(db.session, viewer, region_id, name, to)
    return download(to.getvalue(), f"{title} {name} {clock.today()}.{kind}")
