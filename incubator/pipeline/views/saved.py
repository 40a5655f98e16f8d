"""Saved views: the dialog that keeps one under a name, changes it, takes it away."""

from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken
from incubator.core.forms import whole_number
from incubator.core.refusals import sentence
from incubator.core.web import go_to, is_htmx, page
from incubator.pipeline import saved
from incubator.pipeline.forms import ViewForm
from incubator.pipeline.models import SavedView
from incubator.pipeline.views.asked import Region, asked_filter, filter_of, query_of, region_of
from incubator.pipeline.views.blueprint import asked_region, bp


def address_of(region: Region, view: SavedView) -> str:
    """Give the address of the board that a view names."""
    return f"/?{query_of(region, filter_of(view.query))}" if view.query else all_of(region)


def all_of(region: Region) -> str:
    """Give the address of the whole board, also where it opens with a view."""
    return f"/?region={region.id}&alle=1"


@bp.get("/tavle/visninger/ny")
@requires(Permission.BOARD_SEE)
def new_view_form() -> ResponseReturnValue:
    viewer = current_actor()
    region = asked_region(viewer)
    form = ViewForm(query=query_of(None, asked_filter()))
    return _dialog(region, form, None)


@bp.post("/tavle/visninger")
@requires(Permission.BOARD_SEE)
def new_view() -> ResponseReturnValue:
    viewer, form = current_actor(), ViewForm()
    region = region_of(viewer, whole_number(request.form.get("region")))
    if not form.validate():
        return _dialog(region, form, None), 422
    try:
        view = saved.save_view(
            db.session, viewer, region_id=region.id, name=form.name.data or "",
            query=_shown(form), is_shared=form.is_shared.data, is_default=form.is_default.data,
        )  # fmt: skip
    except RuleBroken as no:
        return _refused(region, form, None, no)
    flash(_("The view is saved."), "success")
    return go_to(address_of(region, view))


@bp.get("/tavle/visninger/<int:view_id>")
@requires(Permission.BOARD_SEE)
def view_form(view_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    view = saved.get_view(db.session, viewer, view_id)
    form = ViewForm(
        name=view.name, is_default=view.is_default, query=query_of(None, asked_filter())
    )
    return _dialog(region_of(viewer, view.region_id), form, view)


@bp.post("/tavle/visninger/<int:view_id>")
@requires(Permission.BOARD_SEE)
def edit_view(view_id: int) -> ResponseReturnValue:
    viewer, form = current_actor(), ViewForm()
    view = saved.get_view(db.session, viewer, view_id)
    region = region_of(viewer, view.region_id)
    if not form.validate():
        return _dialog(region, form, view), 422
    try:
        saved.change_view(
            db.session, viewer, view, name=form.name.data or "",
            query=_shown(form) if form.takes_shown.data else None,
            is_default=form.is_default.data,
        )  # fmt: skip
    except RuleBroken as no:
        return _refused(region, form, view, no)
    flash(_("The view is saved."), "success")
    return go_to(address_of(region, view))


@bp.post("/tavle/visninger/<int:view_id>/slett")
@requires(Permission.BOARD_SEE)
def delete_view(view_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    view = saved.get_view(db.session, viewer, view_id)
    region = region_of(viewer, view.region_id)
    saved.delete_view(db.session, viewer, view)
    flash(_("The view is deleted."), "success")
    return go_to(all_of(region))


def _shown(form: ViewForm) -> str:
    """Give what the board showed, in the words of the address and in nothing else."""
    return query_of(None, filter_of(form.query.data or ""))


def _refused(
    region: Region, form: ViewForm, view: SavedView | None, no: RuleBroken
) -> ResponseReturnValue:
    for field in no.fields or ("",):
        form.add_error(field, sentence(no.code, no.details))
    return _dialog(region, form, view), 422


def _dialog(region: Region, form: ViewForm, view: SavedView | None) -> str:
    viewer = current_actor()
    more: dict[str, Any] = {"may_change": True}
    if view is not None:
        more["may_change"] = saved.may_change(viewer, view)
        more["delete_url"] = f"/tavle/visninger/{view.id}/slett"
    return page(
        "pipeline/view.html",
        block="dialog" if is_htmx() else None,
        region=region,
        form=form,
        view=view,
        action=f"/tavle/visninger/{view.id}" if view else "/tavle/visninger",
        may_share=saved.may_share(viewer),
        back=f"/?{query_of(region, filter_of(form.query.data or ''))}",
        **more,
    )
