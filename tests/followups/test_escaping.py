"""What people write is text in every answer about follow-ups, in the page and in its parts."""

import html

import pytest

from incubator.accounts.models import Role
from incubator.followups import operations as followups
from tests import make
from tests.test_pages import EVIL, HTMX, RAW, TODAY


def assert_is_text(answer, address):
    assert answer.status_code != 500, address
    raw = [one for one in RAW[:3] if one in answer.text]
    assert not raw, (address, raw)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_what_people_write_is_text(client, session, clock, headers):
    person = make.user(session, Role.ADMIN, name=EVIL)
    me = make.actor_of(session, person)
    company = make.company(session, name=EVIL)
    idea = make.ripe_idea(
        session, title=EVIL, company_id=company.id, owner_id=make.user(session).id
    )
    step = followups.promise(session, me, idea, what=EVIL, due_on=TODAY)
    client.sign_in(person)
    one = f"/oppfolginger/{step.id}"
    seen = 0
    for address in (
        "/oppfolginger", f"/oppfolginger?ide={idea.id}&bedrift={company.id}", one,
        f"{one}/flytt", f"{one}/gi-videre", f"{one}/rediger", f"{one}/neste",
        f"/oppfolginger/ny?bedrift={company.id}", f"/bedrifter/{company.id}/oppfolginger",
        "/oppfolginger/kalender",
    ):  # fmt: skip
        answer = client.get(address, headers=headers)
        assert_is_text(answer, address)
        seen += html.escape("<script>alert(1)") in answer.text
    assert seen >= 8  # it was there, as text
    was = {"was_what": "Annet", "was_due_on": "2026-05-12"}
    for address, data in (
        (f"{one}/flytt", {"due_on": EVIL, "seen_on": EVIL, "quick": EVIL}),
        (f"{one}/gi-videre", {"responsible_id": EVIL, "seen_id": EVIL}),
        (f"{one}/rediger", {"what": EVIL, "due_on": EVIL, **was}),
        (f"{one}/rediger", {"what": EVIL + EVIL, "due_on": "2026-05-12", **was}),
        ("/oppfolginger/ny", {"company": EVIL, "what": EVIL, "region": idea.region_id}),
        (f"{one}/gjort", {}),
        (f"{one}/neste", {"what": EVIL, "due_on": EVIL}),
    ):
        assert_is_text(client.post(address, data=data, headers=headers), address)
