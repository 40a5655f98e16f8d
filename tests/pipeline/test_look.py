"""How a person's board looks: compact or roomy, columns folded; it works without script."""

from incubator.accounts.models import Role
from tests import make


def test_a_person_folds_a_column_and_makes_cards_compact(client, session):
    region, stages = make.region(session), make.stages(session)
    make.idea(session)
    client.sign_in(make.user(session))
    here = f"/?region={region.id}&vis=stille"
    first = stages["idea"].id
    assert "is-folded" not in client.get(here).text
    asked = client.post("/tavle/utseende", data={"brett": first, "til": here})
    assert asked.location == here
    page = client.get(here).text
    assert f'<section class="col is-folded" id="s{first}"' in page
    assert page.count("is-folded") == 1 and "is-compact" not in page
    client.post("/tavle/utseende", data={"tett": "1"})
    assert "is-compact" in client.get(here).text and "is-folded" in client.get(here).text
    etag = client.get(here).headers["ETag"]
    answer = client.post(
        "/tavle/utseende", data={"brett": first, "tett": "0"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 204
    page = client.get(here, headers={"If-None-Match": etag})
    assert page.status_code == 200 and "is-folded" not in page.text


def test_it_is_each_persons_own_and_leads_nowhere_else(client, session):
    make.region(session)
    client.sign_in(make.user(session))
    client.post("/tavle/utseende", data={"tett": "1"})
    assert client.post("/tavle/utseende", data={"til": "//example.org"}).location == "/"
    client.sign_in(make.user(session, Role.PARTNER))
    assert "is-compact" not in client.get("/").text
    client.post("/tavle/utseende", data={"brett": "x", "tett": "2"})
    assert "is-compact" not in client.get("/").text
