"""The numbers that the program works by: within limits, noted, and never lost to another."""

import re
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.api.models import ApiToken
from incubator.audit.models import Change, ChangeValue
from incubator.core import clock as clock_module
from incubator.core.access import Via, command_line
from incubator.privacy.queries import silent_since
from incubator.reference import kept, numbers
from incubator.reference.models import Setting
from incubator.summaries import operations as summaries, queries as reports
from tests import make

KEEP = {
    "contact_months": 24, "mail_months": 24, "sign_in_days": 90, "webhook_days": 30,
    "upload_days": 1,
}  # fmt: skip
API = {"api_per_minute": 300, "api_key_days": 90, "api_key_longest_days": 366}


def noted(session):
    values = session.scalars(sa.select(ChangeValue).where(ChangeValue.subject_kind == "setting"))
    return {one.field: (one.old, one.new) for one in values}


def test_retention_is_set_by_page_and_noted_with_old_and_new(admin, session):
    shown = admin.get("/oppsett/lagringstid")
    assert 'value="24"' in shown.text
    assert admin.post("/oppsett/lagringstid", data=KEEP).status_code == 303
    assert noted(session) == {}  # nothing was different: what nobody chose stays unset
    assert (
        admin.post("/oppsett/lagringstid", data={**KEEP, "contact_months": 36}).status_code == 303
    )
    assert noted(session) == {"contact_months": (None, "36")}
    day = clock_module.today()
    assert silent_since(session, day) == day.replace(year=day.year - 3)
    log = admin.get("/oppsett/endringer", query_string={"slag": "setting"}).text
    assert "måneder uten aktivitet" in log and "36" in log
    for wrong in ("2", "121", "", "x", "-1"):
        answer = admin.post("/oppsett/lagringstid", data={**KEEP, "contact_months": wrong})
        assert answer.status_code == 422, wrong
        assert "Skriv et helt tall fra 3 til 120." in answer.text


def test_two_administrators_at_once_both_learn_of_it(admin, session):
    first = {**KEEP, "mail_months": 12, "seen": ""}
    assert admin.post("/oppsett/lagringstid", data=first).status_code == 303
    assert admin.post("/oppsett/lagringstid", data=first).status_code == 303  # sent twice
    late = admin.post("/oppsett/lagringstid", data={**KEEP, "mail_months": 6, "seen": ""})
    assert late.status_code == 409
    assert 'value="6"' in late.text and "Lagret nå" in late.text
    assert "E-post: måneder etter at den gikk ut: 12" in late.text
    assert numbers.value(session, numbers.MAIL_MONTHS) == 12
    seen = kept.mark_of(session, KEEP)
    assert f'name="seen" type="hidden" value="{seen}"' in late.text
    again = admin.post("/oppsett/lagringstid", data={**KEEP, "mail_months": 6, "seen": seen})
    assert again.status_code == 303
    assert numbers.value(session, numbers.MAIL_MONTHS) == 6


def test_rules_of_sign_in_are_not_lost_to_another_either(admin):
    assert admin.post("/oppsett/innlogging", data={"roles": ["admin"]}).status_code == 303
    late = admin.post("/oppsett/innlogging", data={"roles": ["manager"]})
    assert late.status_code == 409
    assert "Lagret nå" in late.text


def test_a_key_lasts_no_longer_than_the_settings_say(admin, session):
    too_long = admin.post("/oppsett/api", data={**API, "api_key_longest_days": 30})
    assert too_long.status_code == 422
    assert "lenger enn en nøkkel kan vare" in too_long.text
    short = {**API, "api_key_days": 10, "api_key_longest_days": 30}
    assert admin.post("/oppsett/api", data=short).status_code == 303
    day = clock_module.today()
    assert f'value="{day.replace(day=day.day + 10)}"' in admin.get("/api-nokler").text
    key = {"name": "Power BI", "scopes": ["counts"], "seen": ""}
    late = admin.post("/api-nokler", data={**key, "expires_on": "12.06.2026"})
    assert late.status_code == 422
    assert "høyst 30 dager" in late.text
    assert admin.post("/api-nokler", data={**key, "expires_on": "11.06.2026"}).status_code == 200
    assert session.scalar(sa.select(sa.func.count(ApiToken.id))) == 1


@pytest.mark.parametrize("few, told", [(2, True), (30, False)])
def test_shares_are_shown_from_as_many_as_the_settings_say(admin, session, few, told):
    idea = make.idea(session)
    for _nth in range(2):
        make.idea(session)
    session.add(Setting(key=numbers.SHARES_FROM.key, value=str(few)))
    shown = admin.get("/analyse/alder", query_string={"region": idea.region_id}).text
    assert ("%" in shown.partition("<table")[2].partition("</table>")[0]) == told
    assert (f"færre enn {few}" in shown) != told


def test_the_log_tells_how_a_change_came(admin, session):
    make.idea(session, title="Fra en side")
    program = replace(make.actor(session, Role.DEVELOPER), via=Via.API)
    make.idea(session, title="Fra et program", by=program)
    shown = admin.get("/oppsett/endringer", query_string={"vei": "api", "slag": "idea"}).text
    assert "1 endring" in shown and "Via API" in shown
    assert admin.get("/oppsett/endringer", query_string={"vei": "tull"}).status_code == 200
    [door] = session.scalars(sa.select(Change.via).where(Change.via == Via.API).distinct())
    assert door == Via.API


def test_every_page_of_the_settings_is_reached_from_the_first(admin, session):
    make.region(session)
    shown = admin.get("/oppsett").text
    pages = set(re.findall(r'<li><a href="([^"]+)"><b>', shown))
    assert {
        "/oppsett/regioner", "/oppsett/organisasjoner", "/oppsett/faser", "/programmer",
        "/virkemidler", "/oppsett/satsingsomrader", "/rapporter/mottakere", "/oppsett/e-post",
        "/oppsett/sma-tall", "/oppsett/lagringstid", "/oppsett/api", "/oppsett/endringer",
        "/oppsett/personer", "/oppsett/innlogging", "/personvern",
    } <= pages  # fmt: skip
    for address in pages:
        assert admin.get(address).status_code == 200, address


def test_the_first_steps_tick_themselves_off_and_go(admin, session, queries):
    few = queries.count(lambda: admin.get("/oppsett"))
    shown = admin.get("/oppsett").text
    assert "Neste: Opprett deres egen organisasjon" in shown
    make.organisation(session)
    assert "Neste: Sett opp e-post" in admin.get("/oppsett").text
    make.goal(session)
    make.user(session)
    make.idea(session)
    shown = admin.get("/oppsett").text
    assert "6 av 9 steg er gjort" in shown and "Dette kan vente." in shown
    partner = summaries.make_partner(
        session, command_line(), organisation_id=make.organisation(session).id,
        region_id=make.region(session).id,
    )  # fmt: skip
    summaries.add_recipient(
        session, command_line(), partner, name="Kari", email="k@e.no", locale="nb"
    )
    [about] = reports.agreements(session, partner_id=partner.id)
    assert "Neste: Sett opp e-post" in admin.get("/oppsett").text  # it is not over
    summaries.build_one(session, command_line(), date(2026, 4, 1), about)
    assert "kom-i-gang" not in admin.get("/oppsett").text  # though mail is not set up
    assert queries.count(lambda: admin.get("/oppsett")) == few
