"""What a recipient gets: the parts of the mail, files that are kept once, and the archive."""

import csv
import io
import json
import re
import zipfile
from datetime import UTC, date, datetime
from email import message_from_bytes, policy

import pytest
import sqlalchemy as sa

import config
from incubator import worker
from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.core.access import command_line
from incubator.core.links import Place
from incubator.mail.attachments import enclosed_with
from incubator.mail.delivery import as_email
from incubator.mail.models import File, Message
from incubator.summaries import drawing, operations, package, queries
from incubator.summaries.drawing import NotDrawn
from incubator.summaries.models import Summary, SummaryFile, SummaryStatus
from tests import make
from tests.summaries.sample import CONTENTS

ME = command_line()
APRIL = date(2026, 4, 1)
PLACE = Place("https://loypa.example.no", "a secret of the test")


@pytest.fixture(autouse=True)
def now(clock):
    clock.set(datetime(2026, 5, 4, 8, tzinfo=UTC))


def agree(session, locales=("nb", "nb", "en"), **over):
    given = {"case_number": "26/114", **over}
    partner = operations.make_partner(
        session, ME, organisation_id=make.organisation(session, "Elverum kommune").id,
        region_id=make.region(session).id, **given,
    )  # fmt: skip
    for nth, locale in enumerate(locales):
        operations.add_recipient(
            session, ME, partner, name=f"Leser {nth}", email=f"{nth}@kommune.example", locale=locale
        )
    [found] = queries.agreements(session, partner_id=partner.id)
    return found


def some_history(session):
    for day in (date(2026, 2, 3), date(2026, 4, 9), date(2026, 4, 20)):
        make.idea(session, on=day)
    make.goal(session, "ideas_registered", target=40, from_on=date(2026, 1, 1))


@pytest.fixture
def told(session):
    some_history(session)
    about = agree(session)
    summary = operations.build_one(session, ME, APRIL, about)
    operations.approve(session, ME, about, summary, PLACE)
    return summary, about


def mails(session, tmp_path):
    """Give each mail as its reader's program reads it."""
    settings = config.load({"INSTANCE": str(tmp_path)})
    return [
        message_from_bytes(bytes(as_email(settings, one, enclosed_with(session, one.id))),
                           policy=policy.default)
        for one in session.scalars(sa.select(Message).order_by(Message.id))
    ]  # fmt: skip


def shape(part):
    if not part.is_multipart():
        return part.get_content_type()
    return part.get_content_subtype(), [shape(inner) for inner in part.iter_parts()]


def test_a_mail_has_its_pictures_inside_and_its_pdf_attached(session, told, tmp_path):
    norwegian, _, english = mails(session, tmp_path)
    for letter in (norwegian, english):
        assert shape(letter) == ("mixed", [
            ("related", [("alternative", ["text/plain", "text/html"]), "image/png", "image/png"]),
            "application/pdf",
        ])  # fmt: skip
        assert not letter.defects
        html = letter.get_body(("html",)).get_content()
        shown = re.findall(r'src="cid:([^"]+)"', html)
        parts = [part for part in letter.walk() if part["Content-ID"]]
        assert [part["Content-ID"] for part in parts] == [f"<{one}>" for one in shown]
        assert {part.get_content_disposition() for part in parts} == {"inline"}
        assert not re.search(
            r"https?://(?!loypa\.example\.no)", letter.get_body(("html",)).get_content()
        )
        assert max(map(len, bytes(letter).split(b"\n"))) < 998
    names = [next(letter.iter_attachments()).get_filename() for letter in (norwegian, english)]
    assert names == ["Elverumregionen-april-2026.pdf", "Elverumregionen-April-2026.pdf"]


def test_a_mail_is_the_same_however_often_it_is_sent(session, told, tmp_path):
    assert [bytes(one) for one in mails(session, tmp_path)] == [
        bytes(one) for one in mails(session, tmp_path)
    ]


def test_many_recipients_share_one_copy(session, told):
    assert session.scalar(sa.select(sa.func.count(File.id))) == 6  # three for each language
    assert session.scalar(sa.select(sa.func.count(SummaryFile.id))) == 6
    first, second, _ = (enclosed_with(session, one.id) for one in session.scalars(
        sa.select(Message).order_by(Message.id)))  # fmt: skip
    assert first == second and len(first) == 3


def test_what_is_told_has_the_shape_of_the_samples(told):
    summary, _about = told
    assert set(summary.contents) == set(CONTENTS)
    assert set(summary.contents["goals"][0]) == set(CONTENTS["goals"][0])
    assert set(summary.contents["figures"][0]) >= set(CONTENTS["figures"][0])
    assert sum(summary.contents["months"]["counts"]) == 3


def test_nothing_is_approved_that_cannot_be_drawn(client, session, monkeypatch):
    summary = operations.build_one(session, ME, APRIL, agree(session))
    client.sign_in(make.user(session, Role.MANAGER))
    answers = drawing._answers

    def fails(_asked, _count):
        raise NotDrawn("no memory left")

    monkeypatch.setattr(drawing, "_answers", fails)
    way = f"/rapporter/{summary.id}"
    assert "kunne ikke tegnes" in client.post(f"{way}/godkjenn", follow_redirects=True).text
    assert client.get(f"{way}/pdf/nb").status_code == 422
    session.refresh(summary)
    assert (summary.status, summary.approved_at) == (SummaryStatus.DRAFT, None)
    assert session.scalar(sa.select(sa.func.count(Message.id))) == 0
    assert not session.scalar(sa.select(Change.id).where(Change.verb == "summary.approved"))
    monkeypatch.setattr(drawing, "_answers", answers)
    client.post(f"{way}/godkjenn")
    session.refresh(summary)
    assert summary.status == SummaryStatus.APPROVED


def test_the_preview_is_what_is_sent(client, session, told, tmp_path):
    summary, about = told
    client.sign_in(make.user(session, Role.MANAGER))
    letter = mails(session, tmp_path)[0]
    of = f"/rapporter/{summary.id}"
    reader = queries.recipients(session, [about.partner.id])[about.partner.id][0]
    pdf = client.get(f"{of}/pdf/nb")
    assert pdf.content_type == "application/pdf"
    assert pdf.data == next(letter.iter_attachments()).get_content()
    page = client.get(f"{of}/epost/nb?til={reader.id}").text
    assert "Hei, Leser 0!" in page and "cid:" not in page
    assert page.count("data:image/png;base64,") == 2
    text = client.get(f"{of}/tekst/nb?til={reader.id}")
    assert text.content_type.startswith("text/plain")
    sent = letter.get_body(("plain",)).get_content()
    shown = text.text.replace("http://localhost", PLACE.site).partition("\n\n")[2]
    assert shown.splitlines()[:-1] == sent.splitlines()[:-1]
    assert client.get(f"{of}/epost/nb?til=99999").status_code == 404


def unpacked(content):
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        return {name: found.read(name) for name in found.namelist()}


def rows_in(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def test_the_archive_holds_all_of_it_under_the_partners_case_number(client, session, told):
    summary, _about = told
    client.sign_in(make.user(session, Role.MANAGER))
    answer = client.get(f"/rapporter/{summary.id}/pakke")
    assert "26-114_Elverumregionen-april-2026.zip" in answer.headers["Content-Disposition"]
    found = unpacked(answer.data)
    assert set(found) == {
        "Elverumregionen-april-2026.pdf", "Elverumregionen-April-2026.pdf", "innhold.json",
        "tall.csv", "rader.csv", "rettelser.csv", "utsending.csv",
    }  # fmt: skip
    told_again = json.loads(found["innhold.json"])
    assert (told_again["case_number"], told_again["contents"]) == ("26/114", summary.contents)
    assert ["Nye ideer", "2", "3"] in rows_in(found["tall.csv"])
    rows = [row for row in rows_in(found["rader.csv"]) if row[:2] == ["Nye ideer", "I år"]]
    assert [(row[2], row[3]) for row in rows] == [
        ("2026-02-03", "Idé"), ("2026-04-09", "Idé"), ("2026-04-20", "Idé"),
    ]  # fmt: skip
    assert [row[1] for row in rows_in(found["utsending.csv"])[1:]] == [
        "0@kommune.example", "1@kommune.example", "2@kommune.example",
    ]  # fmt: skip
    assert client.get(f"/rapporter/{summary.id}/pakke").data == answer.data


def test_a_partner_archives_its_own_without_the_addresses_of_others(client, session, told):
    summary, about = told
    theirs = about.partner.organisation_id
    client.sign_in(make.user(session, Role.PARTNER, organisation_id=theirs))
    found = unpacked(client.get(f"/rapporter/{summary.id}/pakke").data)
    assert "rader.csv" in found
    assert not any(b"kommune.example" in content for content in found.values())
    others = make.organisation(session, "Trysil kommune").id
    client.sign_in(make.user(session, Role.PARTNER, organisation_id=others))
    assert client.get(f"/rapporter/{summary.id}/pakke").status_code == 404


def test_nothing_in_the_archive_is_taken_for_a_formula(session):
    about = agree(session, case_number="=1+1", locales=())
    operations.add_recipient(
        session, ME, about.partner, name="=HYPERLINK(1)", email="a@b.example", locale="nb"
    )
    summary = operations.build_one(session, ME, APRIL, about)
    operations.approve(session, ME, about, summary, PLACE)
    assert package.name_of(summary, about) == "1-1_Elverumregionen-april-2026.zip"
    found = unpacked(package.build(session, summary, about, with_addresses=True))
    for name, content in found.items():
        if name.endswith(".csv"):
            cells = [cell for row in rows_in(content) for cell in row]
            assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]
    assert "'=HYPERLINK(1)" in rows_in(found["utsending.csv"])[1]


def test_where_small_counts_are_hidden_the_archive_has_no_rows_also_later(session, client):
    some_history(session)
    about = agree(session, hides_small=True)
    summary = operations.build_one(session, ME, APRIL, about)
    operations.approve(session, ME, about, summary, PLACE)
    about.partner.hides_small = False  # what was told stays told as it was
    session.flush()
    found = unpacked(package.build(session, summary, about, with_addresses=True))
    assert "rader.csv" not in found
    assert ["Nye ideer", "færre enn 3", "oppgis ikke"] in rows_in(found["tall.csv"])
    theirs = about.partner.organisation_id
    client.sign_in(make.user(session, Role.PARTNER, organisation_id=theirs))
    page = client.get(f"/rapporter/{summary.id}/perioden/ideas_registered").text
    assert "2026" not in re.sub(r"april 2026|04\.05\.2026", "", page.partition("<main")[2])


def test_what_was_told_stays_openable_when_the_agreement_is_over(client, session, told):
    summary, about = told
    draft = operations.build_one(session, ME, APRIL, about, is_new_version=True)
    operations.end_partner(session, ME, about.partner)
    theirs = make.user(session, Role.PARTNER, organisation_id=about.partner.organisation_id)
    manager = make.user(session, Role.MANAGER)
    of = f"/rapporter/{summary.id}"
    for person in (theirs, manager):
        client.sign_in(person)
        for way in (of, f"{of}/aret/ideas_registered", f"{of}/pdf/nb", f"{of}/pakke"):
            assert client.get(way).status_code == 200, way
    assert client.get(f"/rapporter/{draft.id}").status_code == 404
    client.post(f"{of}/ny-versjon")
    assert session.scalar(sa.select(sa.func.count(Summary.id))) == 2


def test_a_draft_is_not_archived(session, client):
    summary = operations.build_one(session, ME, APRIL, agree(session))
    client.sign_in(make.user(session, Role.MANAGER))
    assert client.get(f"/rapporter/{summary.id}/pakke").status_code == 422


def test_a_month_is_approved_and_archived_by_commands(app, session, tmp_path):
    some_history(session)
    agree(session)
    session.flush()
    runner = app.test_cli_runner()

    def run(args):
        return runner.invoke(args=args)

    assert run(cli_args("build")).exit_code == 0
    sent = run(cli_args("send"))
    assert "Approved 1 summaries of 2026-04; 3 mails" in sent.output, sent.output
    done = run([*cli_args("archive"), "--to", str(tmp_path / "arkiv")])
    assert "Wrote 1 packages" in done.output, done.output
    [file] = (tmp_path / "arkiv").iterdir()
    assert file.name.endswith("_26-114_Elverumregionen-april-2026.zip")
    assert "tall.csv" in unpacked(file.read_bytes())


def cli_args(command):
    return ["summaries", command, "--month", "2026-04"]


def test_the_worker_draws_many_reports_in_one_process(session, clock, monkeypatch, tmp_path):
    for _ in range(3):
        agree(session, sends_after_days=0)
    session.flush()
    settings = config.load({"INSTANCE": str(tmp_path), "PUBLIC_URL": PLACE.site})
    asked, answers = [], drawing._answers

    def counted(text, count):
        asked.append(count)
        return answers(text, count)

    monkeypatch.setattr(drawing, "_answers", counted)
    worker.do_summaries(settings)
    assert asked == [6]  # three reports in two languages
    assert session.scalar(sa.select(sa.func.count(Message.id))) == 9
