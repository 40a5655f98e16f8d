"""The first hour of a new administrator: from an empty database to a test report, by pages alone.

Nothing is known but what the pages say: the list "Kom i gang" says what comes next each time.
"""

import os
import re
from email.header import decode_header, make_header
from email.message import Message

import pytest
from playwright.sync_api import Page, expect

from tests import programs
from tests.journeys.conftest import Server, copy_of
from tests.journeys.steps import DATA, PASSWORD, on_sqlite
from tests.mail.server import RealServer

SEND = """
from config import load
from incubator.core.db import db
from incubator.worker import send_waiting_mail
db.connect(load().database_url)
send_waiting_mail(load())
"""


@pytest.fixture(scope="module")
def server(kind, tmp_path_factory, request):
    """Run the production server on a database that nobody has used."""
    folder = tmp_path_factory.mktemp(f"empty-{kind}")
    with (
        copy_of(None, kind, folder, request) as address,
        programs.run_server(folder, address) as url,
    ):
        yield Server(url, address, folder)


@pytest.fixture
def mail_server(tmp_path):
    """Give a mail server that takes everything."""
    with RealServer(tmp_path) as started:
        yield started


def send_now(server: Server) -> None:
    """Do at once what the worker does each minute."""
    place = {"INSTANCE": str(server.instance), "DATABASE_URL": server.database_url}
    script = server.instance / "send.py"
    script.write_text(SEND)
    programs.run([str(script)], env={**os.environ, **place}).check_returncode()


def plain_text(letter: Message) -> str:
    """Give what a letter says to a reader without HTML."""
    part = next(one for one in letter.walk() if one.get_content_type() == "text/plain")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def next_step(page: Page, title: str) -> None:
    """Take the step that the settings say comes next."""
    page.goto("/oppsett")
    page.locator("#kom-i-gang").get_by_role("link", name=f"Neste: {title}").click()


def save(page: Page, button: str = "Lagre") -> None:
    page.get_by_role("button", name=button, exact=True).first.click()


@on_sqlite
def test_from_an_empty_database_to_a_test_report(
    server, mail_server, page, open_page, check_accessibility
):
    page.goto("/")
    expect(page).to_have_url(re.compile("/kom-i-gang$"))
    check_accessibility(page)
    page.fill("[name=name]", "Astrid Admin")
    page.fill("[name=email]", "astrid@example.no")
    page.fill("[name=password]", PASSWORD)
    save(page, "Opprett administratoren")
    expect(page).to_have_url(re.compile("/oppsett$"))
    check_accessibility(page)

    # A page of a region says what is lacking, and leads there.
    assert 'href="/oppsett/regioner/ny">Opprett den første regionen' in str(
        page.request.get("/mal").text()
    )

    next_step(page, "Opprett deres egen organisasjon")
    page.fill("[name=name]", "Klosser Innovasjon")
    save(page, "Opprett organisasjonen")
    expect(page.get_by_role("row", name="Klosser Innovasjon")).to_be_visible()

    next_step(page, "Opprett den første regionen")
    page.fill("[name=name]", "Elverumregionen")
    page.fill("[name=municipalities]", "Elverum, Åmot, Våler")
    save(page, "Opprett regionen")
    expect(page.get_by_text("3419 Våler (Innlandet)").first).to_be_visible()  # there are two
    page.fill("[name=municipalities]", "Elverum, Åmot, 3419")
    save(page, "Opprett regionen")
    expect(page.get_by_role("row", name="Elverumregionen")).to_contain_text("Våler")

    next_step(page, "Sett opp e-post")
    page.fill("[name=mail_server]", "127.0.0.1")
    page.fill("[name=mail_port]", str(mail_server.port))
    page.select_option("[name=mail_security]", "none")
    page.fill("[name=mail_sender]", "Idéløypa <ide@example.no>")
    save(page)
    save(page, "Send en prøvemelding")
    expect(page.get_by_role("row", name="E-post fra Idéløypa virker")).to_be_visible()

    next_step(page, "Inviter dem du arbeider sammen med")
    for name, role in (("kari", "manager"), ("ola", "developer"), ("anne", "advisor")):
        page.goto("/oppsett/personer/ny")
        page.fill("[name=name]", f"{name.title()} Nordmann")
        page.fill("[name=email]", f"{name}@example.no")
        page.select_option("[name=role]", role)
        save(page, "Send invitasjonen")
        expect(page.get_by_text("er invitert").first).to_be_visible()
    send_now(server)
    for name in ("kari", "ola", "anne"):
        [letter] = mail_server.letters(f"{name}@example.no")
        link = re.search(r"https?://\S+/velkommen/\S+", plain_text(letter))
        assert link is not None
        other = open_page()
        other.goto(link[0].replace(server.url, ""))
        other.fill("[name=password]", PASSWORD)
        other.fill("[name=again]", PASSWORD)
        other.keyboard.press("Enter")
        expect(other.locator("#board")).to_be_visible()

    next_step(page, "Hent inn lista over ideer dere har")
    page.set_input_files("input[type=file]", DATA / "ideliste.xlsx")
    save(page, "Se på lista")
    page.get_by_role("button", name="Importer 66 ideer").click()
    expect(page.get_by_text("66 ideer er importert")).to_be_visible(timeout=30_000)

    next_step(page, "Opprett et program")
    page.fill("[name=name]", "Nettverk i industrien")
    page.select_option("[name=owner_id]", label="Klosser Innovasjon")
    page.fill("[name=starts_on]", "2026-01-01")
    page.fill("[name=ends_on]", "2028-12-31")
    page.get_by_label("Elverumregionen").check()
    save(page)

    next_step(page, "Sett det første målet for programmet")
    page.get_by_role("link", name="Nettverk i industrien").click()
    page.get_by_role("link", name="Sett det første målet").click()
    page.fill("[name=from_on]", "2026-01-01")
    page.fill("[name=to_on]", "2028-12-31")
    page.fill("[name=target]", "60")
    save(page)
    expect(page.get_by_text("av 60")).to_be_visible()

    next_step(page, "Bestem hvem som får månedsrapporten")
    page.get_by_role("link", name="Legg til partner").first.click()
    page.select_option("[name=organisation_id]", label="Klosser Innovasjon")
    save(page)
    page.fill("[name=name]", "Mona Mottaker")
    page.fill("[name=email]", "mona@kommune.example")
    save(page, "Legg til personen")

    next_step(page, "Bygg en rapport")
    check_accessibility(page)
    save(page, "Bygg utkastene")
    page.get_by_role("table").get_by_role("link").first.click()
    save(page, "Send en prøve til meg")
    expect(page.get_by_text("En prøve er på vei til astrid@example.no")).to_be_visible()
    send_now(server)
    subjects = [
        str(make_header(decode_header(one["Subject"])))
        for one in mail_server.letters("astrid@example.no")
    ]
    assert any(one.startswith("Prøve: Elverumregionen, ") for one in subjects), subjects
    assert mail_server.letters("mona@kommune.example") == []

    page.goto("/oppsett")  # all is there: the list is gone
    expect(page.get_by_role("heading", name="Oppsett", level=1)).to_be_visible()
    expect(page.locator("#kom-i-gang")).to_have_count(0)
