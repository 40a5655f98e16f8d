"""What is sent again because no answer came is done once."""

import sqlalchemy as sa

from incubator.audit.models import Change
from incubator.ideas.models import Idea
from tests import make


def test_the_same_sent_again_is_done_once_and_a_refused_one_may_come_again(client, session, clock):
    person = make.user(session)
    region = make.region(session)
    client.sign_in(person)
    name = {"HX-Request": "true", "X-Once": "12-34"}

    def add(headers, title="Sendt to ganger"):
        return client.post("/ideer/ny", data={"region": region.id, "title": title}, headers=headers)

    assert add(name, title="").status_code == 422
    first, again = add(name), add(name)
    assert "Sendt to ganger" in first.text
    assert (again.status_code, again.headers["X-Once"], again.text) == (200, "done", "")
    count = sa.select(sa.func.count(Idea.id)).where(Idea.title == "Sendt to ganger")
    assert session.scalar(count) == 1
    assert (
        session.scalars(sa.select(Change.verb).order_by(Change.id.desc())).first() == "idea.added"
    )

    client.sign_in(make.user(session))
    assert add(name).headers.get("X-Once") is None  # the name is each person's own
    assert add({**name, "X-Once": "56"}).headers.get("X-Once") is None
    assert session.scalar(count) == 3
