"""Who may do what: the actor and the marks that views wear."""

import pytest
import sqlalchemy as sa
from flask import g

from incubator.core.access import (
    Actor,
    Permission,
    Via,
    command_line,
    current_actor,
    must,
    public,
    requires,
)  # fmt: skip
from incubator.core.errors import NotAllowed

REGION = sa.column("region_id", sa.Integer)


def actor(*permissions, regions=frozenset({1, 2})):
    return Actor(7, "Kari", "developer", frozenset(permissions), regions)


def written(condition):
    return str(condition.compile(compile_kwargs={"literal_binds": True}))


def test_a_person_may_what_the_role_may_in_the_own_regions():
    kari = actor(Permission.IDEA_MOVE)
    must(kari, Permission.IDEA_MOVE, 1)
    must(kari, Permission.IDEA_MOVE)
    with pytest.raises(NotAllowed, match="other_region"):
        must(kari, Permission.IDEA_MOVE, 3)
    with pytest.raises(NotAllowed, match="not_permitted"):
        must(kari, Permission.IMPORT, 1)


def test_no_region_at_all_is_the_administrators():
    assert not actor().works_in(None)
    assert actor(regions=None).works_in(None)
    assert actor(regions=None).works_in(99)
    assert not actor(regions=frozenset()).works_in(1)


def test_the_regions_stand_in_the_query():
    assert written(actor().in_regions(REGION)) == "region_id IN (1, 2)"
    assert written(actor(regions=None).in_regions(REGION)) == "true"
    nowhere = sa.select(REGION).where(actor(regions=frozenset()).in_regions(REGION))
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        table = sa.select(sa.literal(1).label("region_id")).subquery()
        rows = connection.execute(sa.select(table).where(actor(regions=frozenset()).in_regions(
            table.c.region_id))).all()  # fmt: skip
    engine.dispose()
    assert rows == []
    assert "region_id IN" in str(nowhere)


def test_the_command_line_may_everything_and_is_nobody():
    nobody = command_line()
    assert nobody.id is None
    assert nobody.name == "kommandolinje"
    assert nobody.via == Via.COMMAND_LINE
    assert nobody.permissions == frozenset(Permission)
    assert nobody.works_in(1)


def test_views_wear_their_permission():
    @requires(Permission.IMPORT)
    def view() -> None: ...

    @public
    def door() -> None: ...

    assert view.permission == Permission.IMPORT
    assert door.permission is None


def test_without_anybody_there_is_no_actor(app):
    with app.test_request_context():
        with pytest.raises(NotAllowed, match="sign_in"):
            current_actor()
        g.actor = actor()
        assert current_actor().name == "Kari"
