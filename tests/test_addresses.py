"""Every address, asked for by every role and by nobody, in the own region and in another."""

import io
from dataclasses import dataclass

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from incubator.accounts.models import Role
from incubator.core import clock
from incubator.core.access import Actor, Permission, command_line
from incubator.core.links import Place as Site
from incubator.followups import operations as followups
from incubator.funding import operations as funding
from incubator.funding.models import ApplicationStatus, Frame, Instrument, PaymentKind
from incubator.ideas import comments, links, tags
from incubator.ideas.models import Idea, LinkKind, StageEvent
from incubator.jobs.models import JobState
from incubator.meetings import operations as meeting_operations, queries as meetings
from incubator.pipeline import saved
from incubator.summaries import operations as summaries, queries as reports
from incubator.summaries.rules import month_before
from incubator.transfer import operations as transfer
from incubator.transfer.bulk import Source
from incubator.transfer.lists import read_list
from incubator.transfer.uploads.looking import Asked, look_over
from incubator.transfer.uploads.operations import keep_upload
from incubator.visits import operations as visits
from incubator.visits.models import VisitKind
from tests import make
from tests.thorough import shared_out

EVERYBODY = "everybody"
ALL = frozenset(Role)
FIELD = ALL - {Role.PARTNER}
IMPORTERS = frozenset({Role.ADMIN, Role.MANAGER, Role.DEVELOPER})
ADMINS = frozenset({Role.ADMIN})
MANAGERS = frozenset({Role.ADMIN, Role.MANAGER})

# What product.md says, address by address. A new address must be placed here.
MAY = {
    "accounts.first_run": EVERYBODY,
    "accounts.make_first_admin": EVERYBODY,
    "accounts.accept": EVERYBODY,
    "accounts.account": ALL,
    "accounts.sign_out_one": ALL,
    "accounts.sign_out_others": ALL,
    "accounts.back_from_elsewhere": EVERYBODY,
    "accounts.leave_elsewhere": EVERYBODY,
    "accounts.sign_in_elsewhere": EVERYBODY,
    "accounts.welcome": EVERYBODY,
    "admin.add_organisation": ADMINS,
    "admin.add_region": ADMINS,
    "admin.areas": ADMINS,
    "admin.close_form": ADMINS,
    "admin.close_person": ADMINS,
    "admin.edit_organisation": ADMINS,
    "admin.edit_person": ADMINS,
    "admin.edit_region": ADMINS,
    "admin.invite": ADMINS,
    "admin.invite_again": ADMINS,
    "admin.invite_form": ADMINS,
    "admin.export_log": ADMINS,
    "admin.log": ADMINS,
    "admin.mail": ADMINS,
    "admin.send_test": ADMINS,
    "admin.set_mail": ADMINS,
    "admin.set_sign_in_rules": ADMINS,
    "admin.sign_in_rules": ADMINS,
    "admin.new_organisation_form": ADMINS,
    "admin.new_region_form": ADMINS,
    "admin.open_person": ADMINS,
    "admin.organisation": ADMINS,
    "admin.organisations": ADMINS,
    "admin.people": ADMINS,
    "admin.remove_passkey": ADMINS,
    "admin.reset_second_factor": ADMINS,
    "admin.person": ADMINS,
    "admin.region": ADMINS,
    "admin.regions": ADMINS,
    "admin.settings": ADMINS,
    "admin.numbers_form": ADMINS,
    "admin.set_numbers": ADMINS,
    "admin.set_stage": ADMINS,
    "admin.stage_form": ADMINS,
    "admin.stages_index": ADMINS,
    "admin.undo_stage": ADMINS,
    "api_about.docs": ALL,
    "api_keys.index": ALL,
    "api_keys.make": ALL,
    "api_keys.revoke": ALL,
    "api_keys.end_webhook": MANAGERS,
    "api_keys.make_webhook": MANAGERS,
    "api_keys.webhooks": MANAGERS,
    "analysis.export": ALL,
    "analysis.ideas": ALL,
    "analysis.index": ALL,
    "analysis.part": ALL,
    "analysis.table": ALL,
    "background.edit": MANAGERS,
    "background.edit_form": MANAGERS,
    "background.enter": MANAGERS,
    "background.figure_form": MANAGERS,
    "background.history": ALL,
    "background.index": ALL,
    "background.load": MANAGERS,
    "background.load_form": MANAGERS,
    "background.make": MANAGERS,
    "background.new_form": MANAGERS,
    "background.void": MANAGERS,
    "background.void_form": MANAGERS,
    "companies.add_contact": FIELD,
    "companies.alike": FIELD,
    "companies.changes": FIELD,
    "companies.contacts": FIELD,
    "companies.edit_contact": FIELD,
    "companies.edit_contact_form": FIELD,
    "companies.move_contact": FIELD,
    "companies.new": FIELD,
    "companies.new_form": FIELD,
    "companies.remove_contact": FIELD,
    "companies.suggestions": FIELD,
    "funding.add": FIELD,
    "funding.application": FIELD,
    "funding.edit": FIELD,
    "funding.edit_form": FIELD,
    "funding.edit_frame": MANAGERS,
    "funding.edit_frame_form": MANAGERS,
    "funding.edit_instrument": MANAGERS,
    "funding.edit_instrument_form": MANAGERS,
    "funding.export": FIELD,
    "funding.frame": FIELD,
    "funding.index": FIELD,
    "funding.instruments": FIELD,
    "funding.new_form": FIELD,
    "funding.new_frame": MANAGERS,
    "funding.new_frame_form": MANAGERS,
    "funding.new_instrument": MANAGERS,
    "funding.new_instrument_form": MANAGERS,
    "funding.of_company": FIELD,
    "funding.pay": FIELD,
    "funding.payment_form": FIELD,
    "funding.turn": FIELD,
    "funding.turn_form": FIELD,
    "funding.void": FIELD,
    "funding.void_form": FIELD,
    "funding.void_payment": FIELD,
    "funding.void_payment_form": FIELD,
    "goals.claims_form": MANAGERS,
    "goals.edit_goal": MANAGERS,
    "goals.edit_goal_form": MANAGERS,
    "goals.remove_goal": MANAGERS,
    "goals.remove_goal_form": MANAGERS,
    "goals.set_claims": MANAGERS,
    "goals.totals": ALL,
    "programmes.edit": MANAGERS,
    "programmes.edit_form": MANAGERS,
    "programmes.index": ALL,
    "programmes.new": MANAGERS,
    "programmes.new_form": MANAGERS,
    "programmes.new_goal": MANAGERS,
    "programmes.new_goal_form": MANAGERS,
    "programmes.programme": ALL,
    "goals.export": ALL,
    "goals.goal": ALL,
    "followups.choose_digest": FIELD,
    "followups.edit": FIELD,
    "followups.export": FIELD,
    "followups.edit_form": FIELD,
    "followups.feed": EVERYBODY,
    "followups.finish": FIELD,
    "followups.hand_over": FIELD,
    "followups.hand_over_form": FIELD,
    "followups.index": FIELD,
    "followups.make": FIELD,
    "followups.make_feed": FIELD,
    "followups.move": FIELD,
    "followups.move_form": FIELD,
    "followups.new_form": FIELD,
    "followups.next_form": FIELD,
    "followups.of_company": FIELD,
    "followups.one": FIELD,
    "followups.promise_next": FIELD,
    "followups.remove": FIELD,
    "followups.revoke_feed": FIELD,
    "followups.settings": FIELD,
    "followups.stop": EVERYBODY,
    "followups.stop_page": EVERYBODY,
    "goals.index": ALL,
    "goals.of_visits": ALL,
    "goals.rows": ALL,
    "goals.strip": ALL,
    "home.choose_language": ALL,
    "home.search": ALL,
    "incubation.agreement": FIELD,
    "incubation.end": FIELD,
    "incubation.export": FIELD,
    "incubation.end_form": FIELD,
    "incubation.index": FIELD,
    "incubation.phase_form": FIELD,
    "incubation.set_phase": FIELD,
    "jobs.confirm": FIELD,
    "jobs.confirm_form": FIELD,
    "jobs.correct": FIELD,
    "jobs.correct_form": FIELD,
    "jobs.export": FIELD,
    "jobs.index": FIELD,
    "jobs.make": FIELD,
    "jobs.new_form": FIELD,
    "jobs.of_company": FIELD,
    "jobs.realise": FIELD,
    "jobs.realise_form": FIELD,
    "jobs.record": FIELD,
    "jobs.void": FIELD,
    "jobs.void_form": FIELD,
    "offline.elsewhere": EVERYBODY,
    "offline.manifest": EVERYBODY,
    "offline.shell": EVERYBODY,
    "offline.worker": EVERYBODY,
    "pipeline.add": FIELD,
    "pipeline.add_tag": FIELD,
    "pipeline.archive_idea": FIELD,
    "pipeline.archived": ALL,
    "pipeline.bring_back": FIELD,
    "pipeline.choose_mentions": FIELD,
    "pipeline.comment": FIELD,
    "pipeline.comment_form": FIELD,
    "pipeline.delete_comment": FIELD,
    "pipeline.edit_comment": FIELD,
    "pipeline.edit_field": FIELD,
    "pipeline.field_form": FIELD,
    "pipeline.field_history": FIELD,
    "pipeline.join": FIELD,
    "pipeline.join_form": FIELD,
    "pipeline.link": FIELD,
    "pipeline.link_form": FIELD,
    "pipeline.mentions_stop_page": EVERYBODY,
    "pipeline.people_to_mention": FIELD,
    "pipeline.remove_tag": FIELD,
    "pipeline.share_form": FIELD,
    "pipeline.stop_mentions": EVERYBODY,
    "pipeline.tag_suggestions": FIELD,
    "pipeline.unlink": FIELD,
    "pipeline.board": ALL,
    "pipeline.changed_between": ALL,
    "pipeline.changed_export": ALL,
    "pipeline.changes": ALL,
    "pipeline.closed": ALL,
    "pipeline.choose_look": ALL,
    "pipeline.column": ALL,
    "pipeline.board_export": ALL,
    "pipeline.closed_export": ALL,
    "pipeline.companies_export": FIELD,
    "pipeline.contacts_export": FIELD,
    "pipeline.choose": FIELD,
    "pipeline.companies_index": FIELD,
    "pipeline.many": FIELD,
    "pipeline.many_form": FIELD,
    "pipeline.move_many": FIELD,
    "pipeline.move_many_form": FIELD,
    "pipeline.company": FIELD,
    "pipeline.correct": FIELD,
    "pipeline.correct_form": FIELD,
    "pipeline.edit": FIELD,
    "pipeline.edit_company": FIELD,
    "pipeline.edit_company_form": FIELD,
    "pipeline.edit_form": FIELD,
    "pipeline.delete_view": ALL,
    "pipeline.edit_view": ALL,
    "pipeline.filter_form": ALL,
    "pipeline.idea": ALL,
    "pipeline.launch": FIELD,
    "pipeline.launch_form": FIELD,
    "pipeline.assign": FIELD,
    "pipeline.assign_form": FIELD,
    "pipeline.begin_meeting": FIELD,
    "pipeline.close_meeting": FIELD,
    "pipeline.correct_minutes": FIELD,
    "pipeline.decide_move": FIELD,
    "pipeline.decide_move_form": FIELD,
    "pipeline.decide_status": FIELD,
    "pipeline.decide_status_form": FIELD,
    "pipeline.decide_step": FIELD,
    "pipeline.decide_step_form": FIELD,
    "pipeline.discard_meeting": FIELD,
    "pipeline.meeting": FIELD,
    "pipeline.meeting_item": FIELD,
    "pipeline.meeting_news": FIELD,
    "pipeline.meetings": FIELD,
    "pipeline.minutes": FIELD,
    "pipeline.save_item": FIELD,
    "pipeline.suggested_ideas": FIELD,
    "pipeline.take_up": FIELD,
    "pipeline.merge_company": FIELD,
    "pipeline.merge_form": FIELD,
    "pipeline.move": FIELD,
    "pipeline.move_form": FIELD,
    "pipeline.new_view": ALL,
    "pipeline.new_view_form": ALL,
    "pipeline.next_step": FIELD,
    "pipeline.of_company": FIELD,
    "pipeline.park": FIELD,
    "pipeline.park_form": FIELD,
    "pipeline.past_column": ALL,
    "pipeline.reopen": FIELD,
    "pipeline.reopen_form": FIELD,
    "pipeline.share": FIELD,
    "pipeline.step_done": FIELD,
    "pipeline.stop": FIELD,
    "pipeline.stop_form": FIELD,
    "pipeline.undo_change": FIELD,
    "pipeline.view_form": ALL,
    "static": EVERYBODY,
    "stop_summaries.stop": EVERYBODY,
    "stop_summaries.stop_page": EVERYBODY,
    "summaries.add_recipient": MANAGERS,
    "summaries.approve": MANAGERS,
    "summaries.send_test": MANAGERS,
    "summaries.archive": ALL,
    "summaries.build": MANAGERS,
    "summaries.change_recipient": MANAGERS,
    "summaries.comment": MANAGERS,
    "summaries.delivery": MANAGERS,
    "summaries.edit_partner": MANAGERS,
    "summaries.edit_recipient": MANAGERS,
    "summaries.end_partner": MANAGERS,
    "summaries.index": MANAGERS,
    "summaries.new_partner": MANAGERS,
    "summaries.new_partner_form": MANAGERS,
    "summaries.new_version": MANAGERS,
    "summaries.note_bounced": MANAGERS,
    "summaries.partner": MANAGERS,
    "summaries.partners": MANAGERS,
    "summaries.preview": ALL,
    "summaries.preview_pdf": ALL,
    "summaries.preview_text": ALL,
    "summaries.recipient": MANAGERS,
    "summaries.report": ALL,
    "summaries.rows": ALL,
    "summaries.send_again": MANAGERS,
    "summaries.write_note": MANAGERS,
    "transfer.bring_in": IMPORTERS,
    "transfer.again": IMPORTERS,
    "transfer.columns": IMPORTERS,
    "transfer.drop": IMPORTERS,
    "transfer.progress": IMPORTERS,
    "transfer.sheets": IMPORTERS,
    "transfer.sheets_form": IMPORTERS,
    "transfer.export_all": ADMINS,
    "transfer.export_ideas": IMPORTERS,
    "transfer.columns_form": IMPORTERS,
    "transfer.index": IMPORTERS,
    "transfer.look": IMPORTERS,
    "transfer.run": IMPORTERS,
    "transfer.to_mend": IMPORTERS,
    "transfer.upload": IMPORTERS,
    "upkeep.healthz": EVERYBODY,
    "privacy.contact": MANAGERS,
    "privacy.contact_report": MANAGERS,
    "privacy.erase_contact": MANAGERS,
    "privacy.erase_user": ADMINS,
    "privacy.index": MANAGERS,
    "privacy.user": ADMINS,
    "privacy.user_report": ADMINS,
    "upkeep.readyz": EVERYBODY,
    "upkeep.metrics": EVERYBODY,
    "visits.access": EVERYBODY,
    "visits.contents": FIELD,
    "visits.edit": FIELD,
    "visits.edit_form": FIELD,
    "visits.export": FIELD,
    "visits.idea": FIELD,
    "visits.idea_form": FIELD,
    "visits.index": FIELD,
    "visits.log": FIELD,
    "visits.log_form": FIELD,
    "visits.share": FIELD,
    "visits.visit": FIELD,
    "visits.void": FIELD,
    "visits.void_form": FIELD,
    "visits_of_company.visits": FIELD,
}
# Flask-Security's own pages check for themselves who may see them.
ITS_OWN = "security."
# What opens with a key alone, and never with a cookie: tests/api walks it with one.
BY_KEY = "api."
SECRET = "Hemmelig idé om laserskjæring"
REFUSED = (401, 403)


@dataclass
class Place:
    """Things in one region that addresses can name."""

    numbers: dict[str, object]

    def address(self, rule: Rule) -> str:
        adapter = rule.map.bind("localhost")
        return adapter.build(rule.endpoint, {name: self.numbers[name] for name in rule.arguments})


def place_in(session, region_name: str, by: Actor | None = None) -> Place:
    """Make somebody's own idea, with a company and a promise, in a region."""
    by = by or make.actor(session, Role.ADMIN)
    company = make.company(session)
    idea = make.idea(
        session, title=SECRET, company_id=company.id, owner_id=by.id, region_name=region_name, by=by
    )
    step = followups.promise(session, by, idea, what="Ring", due_on=None)
    upload, run = imported(session, by, idea.region_id)
    return Place(
        {
            **_money(session, by, region_name),
            "change_id": idea.last_change_id,
            "company_id": company.id,
            "contact_id": make.contact(session, company).id,
            "deed": "parker",
            "event_id": _event(session, idea),
            "event_kind": "fase",
            "figure": "naering",
            "figure_id": _figure(session, region_name).id,
            "series_key": "folketall",
            "filename": "icons.svg",
            "group": "sma-tall",
            "goal_id": _goal(session, idea.region_id),
            "idea_id": idea.id,
            "idea_field": "title",
            **_talk(session, by, idea),
            "incubation_id": _incubation(session, region_name),
            "key": "ideas_registered",
            **_meeting(session, by, idea),
            "kind": "csv",
            "part": "opphav",
            "passkey_id": 0,
            "sign_in_id": 0,
            "organisation_id": make.organisation(session).id,
            "region_id": idea.region_id,
            "user_id": make.user(session, Role.PARTNER, region_name=region_name).id,
            "programme_id": make.programme(session, region_ids=[idea.region_id]).id,
            "result": "ide",
            "subject_id": idea.id,
            "record_id": _jobs(session, by, idea.region_id, company.id),
            "run_id": run.id,
            "stage_id": idea.stage_id,
            **_summary(session, idea.region_id),
            "view_id": _view(session, by, idea.region_id),
            "visit_id": _visit(session, by, idea.region_id, company.id),
            "step_id": step.id,
            "to": "sent",
            "token": "x",
            "token_id": 1,
            "webhook_id": 1,
            "upload_id": upload.id,
        }
    )


def _event(session, idea: Idea) -> int:
    return session.scalars(sa.select(StageEvent.id).where(StageEvent.idea_id == idea.id)).one()


def _talk(session, by: Actor, idea: Idea) -> dict[str, object]:
    """Say something of the idea, and tie it to another one."""
    tags.tag_ideas(session, by, [idea], SECRET)
    other = make.idea(session, title=SECRET, region_id=idea.region_id, by=by)
    links.link_ideas(session, by, idea, other, LinkKind.RELATED)
    comments.comment_idea(session, by, idea, SECRET, Site("https://a.example", "x"))
    session.flush()
    return {
        "tag_id": tags.tags_of(session, [idea.id])[idea.id][0].id,
        "link_id": links.list_links(session, by, idea.id)[0].id,
        "comment_id": comments.list_comments(session, by, idea.id)[0].comment.id,
    }


def _incubation(session, region_name: str) -> int:
    return make.incubation(session, region_name=region_name).id


def _meeting(session, by: Actor, idea: Idea) -> dict[str, object]:
    """Begin a meeting that takes the idea up."""
    held = meetings.running(session, idea.region_id) or meeting_operations.begin_meeting(
        session, by, region_id=idea.region_id, user_ids=()
    )
    item = meeting_operations.take_up(session, by, held, idea)
    return {"meeting_id": held.id, "item_id": item.id}


def _view(session, by: Actor, region_id: int) -> int:
    view = saved.save_view(session, by, region_id=region_id, name=SECRET, query="vis=stille")
    return view.id


def _money(session, by: Actor, region_name: str) -> dict[str, object]:
    """Make somebody's own application of an idea that nobody shares, with all that it has."""
    made = make.application(session, title=SECRET, owner_id=by.id, region_name=region_name)
    for status in (ApplicationStatus.SENT, ApplicationStatus.GRANTED):
        funding.set_status(session, by, made, status, on=clock.today(), amount_nok=400_000)
    payment = funding.record_payment(
        session, by, made, PaymentKind.PAID, on=clock.today(), amount_nok=100_000
    )
    scheme = session.get(Instrument, made.instrument_id)
    year = clock.today().year
    frame = session.scalar(sa.select(Frame).where(Frame.year == year)) or funding.set_frame(
        session, command_line(), scheme, year=year, amount_nok=1_000_000
    )
    return {
        "application_id": made.id, "frame_id": frame.id, "instrument_id": scheme.id,
        "money": "paid", "payment_id": payment.id,
    }  # fmt: skip


def _goal(session, region_id: int) -> int:
    programme = make.programme(session, region_ids=[region_id])
    return make.goal(session, of=programme).id


def _figure(session, region_name: str):
    place = make.municipality(session, make.MUNICIPALITIES[region_name][0])
    return make.figure(session, make.series(session, "folketall"), place.id)


def _jobs(session, by: Actor, region_id: int, company_id: int) -> int:
    more = {"region_id": region_id, "company_id": company_id, "source": SECRET}
    return make.jobs(session, by=by, state=JobState.EXPECTED, **more).id


def _summary(session, region_id: int) -> dict[str, object]:
    """Make an agreement on reporting with somebody who gets it, and a report."""
    partner = summaries.make_partner(
        session, make.actor(session, Role.ADMIN),
        organisation_id=make.organisation(session, "Elverum kommune").id, region_id=region_id,
    )  # fmt: skip
    worker = make.actor(session, Role.ADMIN)
    recipient = summaries.add_recipient(
        session, worker, partner, name="Kari", email="kari@kommune.example", locale="nb"
    )
    month = month_before(clock.today())
    [report] = summaries.build_month(
        session, worker, month, reports.agreements(session, partner_id=partner.id)
    )
    return {
        "partner_id": partner.id, "recipient_id": recipient.id, "summary_id": report.id,
        "locale": "nb", "verb": "stopp", "which": "perioden",
    }  # fmt: skip


def _visit(session, by: Actor, region_id: int, company_id: int) -> int:
    entry = visits.Entry(VisitKind.VISIT, clock.today(), company_id=company_id, about=SECRET)
    return visits.log_visit(session, by, region_id, entry).visit.id


def imported(session, by: Actor, region_id: int):
    """Import a list with a secret in it, and keep its file."""
    by = by if by.may(Permission.IMPORT) else make.actor(session, Role.ADMIN)
    content = f"Tittel;Fase;Registrert\n{SECRET} {region_id};Idé;2.3.2026\n".encode()
    asked = Asked(region_id, content)
    looked = look_over(asked)
    upload = keep_upload(session, by, asked, file_name="liste.csv", looked=looked)
    ideas = read_list(io.BytesIO(content), clock.today())
    done = transfer.import_ideas(session, by, region_id, ideas, Source("liste.csv", "0"))
    return upload, done.run


def rules(app: Flask) -> list[Rule]:
    elsewhere = (ITS_OWN, BY_KEY)
    return [rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith(elsewhere)]


def method(rule: Rule) -> str:
    return "POST" if "POST" in (rule.methods or ()) else "GET"


def ask(client, rule: Rule, place: Place):
    return client.open(place.address(rule), method=method(rule))


def text_of(answer) -> str:
    """Give what an answer says; of a spreadsheet, what its cells say."""
    if "spreadsheet" not in answer.mimetype:
        return answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    return str([[cell.value for cell in row] for row in book.active.iter_rows()])


def test_every_address_has_its_place_in_the_table(app):
    assert {rule.endpoint for rule in rules(app)} == MAY.keys()


def test_every_view_names_its_permission(app):
    unmarked = [r.endpoint for r in rules(app) if not hasattr(view(app, r), "permission")]
    assert not unmarked


def view(app: Flask, rule: Rule):
    return app.view_functions[rule.endpoint]


def test_nobody_is_led_to_the_sign_in(app, client, session):
    make.user(session)
    place = place_in(session, "Elverumregionen")
    for rule in rules(app):
        answer = ask(client, rule, place)
        if MAY[rule.endpoint] == EVERYBODY:
            assert answer.status_code not in REFUSED, rule
        elif method(rule) == "GET":
            assert answer.status_code == 302, rule
            assert answer.location.startswith("/logg-inn?next="), rule
        else:
            assert answer.status_code == 401, rule


@shared_out("role", list(Role))
def test_a_role_may_what_the_table_says_and_nothing_else(app, client, session, role):
    person = make.user(session, role)
    # What the person did is for them to undo; partners do nothing that could be undone.
    by = make.actor_of(session, person) if role in FIELD else None
    place = place_in(session, "Elverumregionen", by)
    client.sign_in(person)
    for rule in rules(app):
        answer = ask(client, rule, place)
        may = MAY[rule.endpoint] == EVERYBODY or role in MAY[rule.endpoint]
        assert (answer.status_code not in REFUSED) == may, (rule, answer.status_code)
        assert answer.status_code != 500, rule


OF_ONE_REGION = frozenset(
    (
        "idea_id",
        "application_id",
        "change_id",
        "goal_id",
        "incubation_id",
        "meeting_id",
        "programme_id",
        "record_id",
        "run_id",
        "subject_id",
        "upload_id",
    )
) | {"visit_id"}


@shared_out("role", [role for role in Role if role != Role.ADMIN])
def test_nobody_sees_or_changes_anything_in_a_region_of_others(app, client, session, role):
    place = place_in(session, "Kongsvingerregionen")
    client.sign_in(make.user(session, role, region_name="Elverumregionen"))
    for rule in rules(app):
        answer = ask(client, rule, place)
        assert SECRET not in text_of(answer), rule
        if rule.arguments & OF_ONE_REGION:
            assert answer.status_code in (403, 404), (rule, answer.status_code)


def test_a_partner_sees_no_text_of_an_idea_that_is_not_shared(app, client, session):
    place = place_in(session, "Elverumregionen")
    client.sign_in(make.user(session, Role.PARTNER))
    for rule in rules(app):
        assert SECRET not in text_of(ask(client, rule, place)), rule


# What even those may not who may move everybody's cards.
FOR_ITS_OWNER = frozenset({"pipeline.correct", "pipeline.share", "pipeline.undo_change"})
# Promises are everybody's to make and to keep.
FOR_ALL_IN_THE_FIELD = frozenset({"pipeline.next_step", "pipeline.step_done"})
ANSWERS = {"on": "02.05.2026", "reason": "Det passer ikke", "learnt": "Mye", "title": "Ny tittel"}


@pytest.mark.parametrize("role", [Role.ADVISOR, Role.DEVELOPER])
def test_an_idea_of_somebody_else_is_theirs_to_change(app, client, session, clock, role):
    place = place_in(session, "Elverumregionen")
    client.sign_in(make.user(session, role))
    for rule in rules(app):
        about_it = method(rule) == "POST" and rule.arguments & {"idea_id", "change_id"}
        is_theirs = role == Role.ADVISOR or rule.endpoint in FOR_ITS_OWNER
        if about_it and is_theirs and rule.endpoint not in FOR_ALL_IN_THE_FIELD:
            before = session.get(Idea, place.numbers["idea_id"]).last_change_id
            answer = client.post(place.address(rule), data=ANSWERS)
            assert answer.status_code in (403, 409, 422), rule
            assert session.get(Idea, place.numbers["idea_id"]).last_change_id == before, rule
