"""What holds for every page: its price, its headers, its cache, its refusals, its escaping."""

import gzip
import html
import re
from datetime import date, timedelta

import pytest

from incubator.accounts.models import Role
from incubator.core.access import command_line
from incubator.core.security import HEADERS
from incubator.followups import operations as followups
from incubator.ideas import operations as ideas
from incubator.ideas.queries import COLUMN_PAGE
from incubator.visits.operations import Promise
from tests import make
from tests.looked import EVERYTHING, Looked
from tests.thorough import shared_out, some

TODAY = date(2026, 5, 12)
ME = command_line()
HTMX = {"HX-Request": "true"}


@pytest.fixture
def developer(client, session, clock):
    return client.sign_in(make.user(session))


def fill(session, times, **over):
    """Let ideas stand in every stage and status of a region, with all that belongs to them."""
    made = []
    for nth in range(times):
        idea = make.ripe_idea(session, **over)
        followups.promise(session, ME, idea, what="Ring", due_on=None)
        make.jobs(session, idea_id=idea.id)
        make.visit(
            session, company_id=idea.company_id, new_contacts=("Per",), idea_title="Fra besøket",
            promises=(Promise("Ring"),),
        )  # fmt: skip
        to = ("idea", "case", "incubator_company", "rd_application", "commercialisation")[nth % 5]
        if to != "idea":
            make.move(session, idea, to, TODAY)
        made.append(idea)
        for close in (ideas.park_idea, ideas.stop_idea):
            more = {"look_again_on": None} if close is ideas.park_idea else {"learnt": ""}
            close(session, ME, make.idea(session), on=TODAY, reason="Nei", **more)
    session.flush()
    return made


# The price.

PAGES = [
    "/", "/?q=sag", "/?q=finnesikke", "/ideer?status=parked", "/ideer?status=stopped", "/bedrifter",
    "/bedrifter?kontakt=90&ideer=1&inkubator=nei", "/bedrifter/ny",
    "/bedrifter/lignende?name=bedrift",
    "/bedrifter/forslag?company=bedrift", "/mal", "/mal/stripe", "/programmer",
    "/mal/tilskriving", "/mal/tall/ideas_registered",
    "/mal/tall/jobs_created", "/mal/tall/incubator_active", "/mal/tall/applications_sent",
    "/oppfolginger", "/oppfolginger?hvem=alle", "/oppfolginger?hvem=org&tilstand=gjort",
    "/oppfolginger/kalender", "/tavle/kolonne/1", "/tavle/kolonne/1?q=idé", "/import",
    "/sok?q=bedrift", "/oppsett", "/oppsett/regioner", "/oppsett/organisasjoner",
    "/oppsett/personer", "/oppsett/satsingsomrader", "/oppsett/endringer",
    "/oppsett/e-post", "/oppsett/innlogging",
    "/besok", "/besok?q=bedrift&hvem=mine", "/besok/eksport.xlsx", "/mal/besok", "/besok/logg",
    "/mal/tall/company_visits", "/mal/tall/companies_visited",
]  # fmt: skip


def test_a_page_costs_the_same_for_few_and_for_many(client, session, clock, queries):
    client.sign_in(make.user(session, Role.ADMIN))
    make.goal(session, "ideas_from_industry")
    fill(session, 5)
    assert {page: client.get(page).status_code for page in PAGES} == dict.fromkeys(PAGES, 200)
    few = {page: queries.of(lambda page=page: client.get(page)) for page in PAGES}
    fill(session, 10)
    for page in PAGES:
        many = queries.of(lambda page=page: client.get(page))
        assert len(many) == len(few[page]), "\n".join([page, *many])


@pytest.fixture
def idea(session, clock):
    """Give an idea that much has happened to."""
    idea = fill(session, 3)[2]
    make.goal(session, "ideas_registered")
    return idea


def test_the_page_of_an_idea_costs_the_same_however_much_happened(
    developer, session, idea, queries
):
    few = queries.count(lambda: developer.get(f"/ideer/{idea.id}"))
    for nth in range(6):
        followups.promise(session, ME, idea, what=f"Ring {nth}", due_on=None)
        make.move(session, idea, ("case", "incubator_company")[nth % 2], TODAY)
        make.jobs(session, idea_id=idea.id)
    many = queries.of(lambda: developer.get(f"/ideer/{idea.id}"))
    assert len(many) == few, "\n".join(many)


def test_the_board_costs_twelve_queries_at_most(developer, session, idea, queries):
    sent = queries.of(lambda: developer.get("/"))
    assert len(sent) <= 12, "\n".join(sent)


def test_the_strip_costs_four_queries_at_most(developer, session, idea, queries):
    sent = queries.of(lambda: developer.get("/mal/stripe"))
    assert len(sent) <= 4, "\n".join(sent)


def test_a_poll_of_nothing_new_costs_three_queries_at_most(developer, session, idea, queries):
    poll = re.search(r'/tavle/endringer\?[^"]+', developer.get("/").text)[0].replace("&amp;", "&")
    answers = []
    sent = queries.of(lambda: answers.append(developer.get(poll, headers=HTMX)))
    assert answers[0].status_code == 304
    assert len(sent) <= 3, "\n".join(sent)


@pytest.mark.parametrize("is_dropped", [True, False], ids=["dropped", "by dialog"])
@pytest.mark.parametrize("to", ["case", "idea", "incubator_company"])
def test_a_move_costs_ten_queries_at_most(developer, session, clock, queries, to, is_dropped):
    """What is written counts too; an admission opens the company's incubation besides."""
    idea = make.ripe_idea(session, "case" if to == "idea" else "idea")
    above, below = make.idea(session, to), make.idea(session, to)
    between = {"after_id": below.id, "before_id": above.id} if is_dropped else {}
    data = {
        "to_stage": make.stages(session)[to].id, "seen_stage": idea.stage_id, "on": "12.05.2026",
        "reason": "Tilbake", **between,
    }  # fmt: skip
    session.flush()
    answers = []
    address = f"/ideer/{idea.id}/flytt"
    sent = queries.of(lambda: answers.append(developer.post(address, data=data, headers=HTMX)))
    assert answers[0].status_code == 200, answers[0].text
    limit = 10 if to != "incubator_company" else 14
    assert len(sent) <= limit, "\n".join(sent)


# The cache of the board.


def tag_of(client, address="/", **headers):
    client.get("/mal")  # the first page of a session makes the token of its forms
    return client.get(address, headers=headers).headers["ETag"]


def again(client, tag, address="/"):
    return client.get(address, headers={"If-None-Match": tag}).status_code


def test_a_board_that_is_the_same_is_not_sent_again(developer, session, idea, queries):
    tag = tag_of(developer)
    assert again(developer, tag) == 304
    sent = queries.of(lambda: again(developer, tag))
    assert len(sent) <= 2, "\n".join(sent)
    answer = developer.get("/", headers={"If-None-Match": tag})
    assert answer.data == b""
    assert "no-cache" in answer.headers["Cache-Control"]


def a_move(session, idea):
    make.move(session, idea, "commercialisation", TODAY)


def a_promise(session, idea):
    followups.promise(session, ME, idea, what="Ring igjen", due_on=None)


def a_new_idea(session, idea):
    make.idea(session)


def a_new_colleague(session, idea):
    make.user(session)


def a_new_region(session, idea):
    make.region(session, "Hamarregionen")


@pytest.mark.parametrize(
    "happening", [a_move, a_promise, a_new_idea, a_new_colleague], ids=lambda one: one.__name__
)
def test_a_change_makes_it_another(developer, session, idea, happening):
    tag = tag_of(developer)
    happening(session, idea)
    assert again(developer, tag) == 200


def test_a_change_in_another_region_does_not(developer, session, idea):
    make.region(session, "Hamarregionen")
    tag = tag_of(developer)
    make.idea(session, region_name="Hamarregionen")
    assert again(developer, tag) == 304


def test_nor_is_it_the_same_for_somebody_else_on_the_same_machine(developer, session, idea):
    tag = tag_of(developer)
    developer.sign_in(make.user(session))
    assert again(developer, tag) == 200
    partners = tag_of(developer.sign_in(make.user(session, Role.PARTNER)))
    assert partners != tag


def test_after_midnight_the_days_on_the_cards_are_others(developer, session, idea, clock):
    tag = tag_of(developer)
    clock.set(TODAY + timedelta(days=1))
    assert again(developer, tag) == 200


@pytest.mark.parametrize(
    "over", [{"role": Role.ADVISOR}, {"locale": "en"}], ids=["role", "language"]
)
def test_it_follows_what_a_person_is(client, session, clock, over):
    person = make.user(session)
    client.sign_in(person)
    tag = tag_of(client)
    for name, value in over.items():
        setattr(person, name, value)
    assert again(client, tag) == 200


def test_a_part_of_it_is_not_the_whole(developer, session, idea):
    tags = {tag_of(developer), tag_of(developer, "/?q=sag"), tag_of(developer, "/", **HTMX)}
    assert len(tags) == 3


# Compression.


def test_pages_are_compressed_for_those_who_ask(developer, session, idea):
    plain = developer.get("/")
    packed = developer.get("/", headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.data) < len(plain.data) / 3
    assert b"<main" in gzip.decompress(packed.data)
    assert int(packed.headers["Content-Length"]) == len(packed.data)


# Headers.


def every_address(app, numbers):
    """Give every address that can be opened."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods:
            values = {name: numbers.get(name, 1) for name in rule.arguments}
            yield adapter.build(rule.endpoint, values)


NUMBERS = {"key": "ideas_registered", "filename": "icons.svg", "token": "x", "kind": "xlsx",
           "result": "ide", "money": "paid", "part": "flyt", "locale": "nb", "which": "aret",
           "verb": "stopp", "event_kind": "fase", "deed": "merke",
           "idea_field": "title", "group": "lagringstid"}  # fmt: skip


@shared_out("who", [Role.ADMIN, Role.PARTNER, None])
def test_every_answer_keeps_to_itself(app, client, session, idea, who):
    if who is not None:
        client.sign_in(make.user(session, who))
    numbers = {**NUMBERS, "idea_id": idea.id, "company_id": idea.company_id}
    for address in [*every_address(app, numbers), "/finnes/ikke", "/static/finnes.ikke"]:
        answer = client.get(address)
        assert answer.status_code != 500, address
        for name, value in HEADERS:
            assert answer.headers.get(name) == value, (address, name)
        if answer.mimetype == "text/html":
            assert "private" in answer.headers["Cache-Control"], address


def test_the_policy_lets_nothing_in(client):
    policy = dict(HEADERS)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


# Static files.


def test_a_static_file_asked_for_by_its_hash_stays_for_good(client, session):
    make.user(session)
    addresses = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', client.get("/logg-inn").text))
    assert len(addresses) > 4
    for address in addresses:
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["Cache-Control"], address
        if not address.split("?")[0].endswith((".woff2", ".png")):  # packed as they are
            assert answer.headers["Content-Encoding"] == "gzip", address


def test_without_the_hash_it_is_asked_for_anew(client):
    for address in ("/static/css/app.css", "/static/css/app.css?v=old"):
        answer = client.get(address)
        assert answer.headers["Cache-Control"] == "no-cache"
        tag = answer.headers["ETag"]
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    "name",
    [
        "finnes.ikke", "../config.py", "%2e%2e/config.py", "css", "..%2fwsgi.py", "//etc/passwd",
        "css/../../wsgi.py", "%00", "css/app.css/x", "a" * 5000,
    ],
)  # fmt: skip
def test_nothing_else_is_a_static_file(client, name):
    answer = client.get(f"/static/{name}")
    assert answer.status_code in (404, 308)
    assert "SECRET" not in answer.text


# Refusals.


def test_a_page_that_is_not_there_says_so_and_leads_back(developer):
    answer = developer.get("/finnes/ikke")
    assert answer.status_code == 404
    assert "Siden finnes ikke" in answer.text or "Det finnes ingen slik side" in answer.text
    assert 'href="/"' in answer.text


def test_an_address_for_a_button_cannot_be_opened(developer):
    answer = developer.get("/ideer/ny")
    assert answer.status_code == 405
    assert "Gå tilbake" in answer.text


def test_htmx_gets_a_word_and_not_a_page(developer):
    answer = developer.get("/ideer/999999", headers=HTMX)
    assert answer.status_code == 404
    assert "<html" not in answer.text
    assert "hx-partial" in answer.text


@pytest.mark.parametrize("address", ["/ideer/ny", "/logg-inn", "/import", "/oppsett/personer/ny"])
def test_what_is_too_large_is_refused_before_it_is_read(client, session, clock, address):
    client.sign_in(make.user(session, Role.ADMIN))
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="liste.xlsx"\r\n\r\n'
    body = head + b"x" * (25 * 1024 * 1024) + b"\r\n--x--\r\n"
    answer = client.post(address, data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    assert "Send høyst 25 MB." in answer.text


NONSENSE = [
    "",
    "x",
    "-1",
    "0",
    "9" * 30,
    "9" * 5000,
    "\u0663",
    "1.5",
    "%00",
    "' OR 1=1 --",
    "é" * 300,
]
NUMBERED = (
    "side", "region", "eier", "kommune", "siden", "etter", "q", "status", "fra", "til", "per",
    "kjent", "fylke", "ukjent", "company",
)  # fmt: skip

OF_VISITS = ("hvem", "type", "bedrift", "eldre", "nyere")


@pytest.mark.usefixtures("looked")
def test_nonsense_in_an_address_breaks_nothing(client, session, clock):
    """Each page is asked with nonsense for all that it looks at: one by one, and all at once.

    Alone, a name gets some of it, other on the next page; a refusal for one would hide the others.
    All at once get a sixth of it, another one on the next page.
    """
    client.sign_in(make.user(session, Role.ADMIN))
    asked = 0
    for place, address in enumerate(dict.fromkeys(page.split("?")[0] for page in PAGES)):
        Looked.at = set()
        client.get(address)
        names = [name for name in (*NUMBERED, *OF_VISITS) if {name, EVERYTHING} & Looked.at]
        alone = [
            {name: one}
            for nth, name in enumerate(names)
            for one in some(NONSENSE, place + nth, of=9)
        ]
        several = some(NONSENSE, place, of=6) if len(names) > 1 else ()
        at_once = [dict.fromkeys(names, one) for one in several]
        for query in (*alone, *at_once):
            answer = client.get(address, query_string=query)
            assert answer.status_code in (200, 302, 304, 404, 422), (address, str(query)[:99])
            asked += 1
    assert asked > 250


# Forms from elsewhere.


@pytest.fixture
def guarded(app, monkeypatch):
    """Ask for the token that tests else go without."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


# A mail program posts here by itself; what is signed in the address is its token.
WITHOUT_TOKEN = frozenset({"followups.stop", "stop_summaries.stop", "pipeline.stop_mentions"})


def posts(app, idea):
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api."):
            continue  # no cookie opens it: it asks for a key
        if "POST" in rule.methods and rule.endpoint not in WITHOUT_TOKEN:
            numbers = {**NUMBERS, "idea_id": idea.id}
            yield adapter.build(rule.endpoint, {n: numbers.get(n, 1) for n in rule.arguments})


@shared_out("who", [Role.ADMIN, None])
def test_no_form_is_taken_without_its_token(app, client, session, idea, guarded, who):
    if who is not None:
        client.sign_in(make.user(session, who))
    before = idea.last_change_id
    for address in posts(app, idea):
        for token in ({}, {"csrf_token": "made up"}):
            answer = client.post(address, data={"title": "Noe", **token})
            assert answer.status_code == 400, address
            assert "Last siden på nytt" in answer.text, address
    session.expire_all()
    assert idea.last_change_id == before


def test_the_token_of_the_page_is_taken_from_a_field_or_a_header(developer, session, idea, guarded):
    page = developer.get("/").text
    token = re.search(r"&#34;X-CSRFToken&#34;: &#34;([^&]+)|X-CSRFToken\": \"([^\"]+)", page)
    word = token[1] or token[2]
    data = {"region": idea.region_id, "title": "Ny idé", "csrf_token": word}
    assert developer.post("/ideer/ny", data=data).status_code == 303
    data.pop("csrf_token")
    headers = {**HTMX, "X-CSRFToken": word}
    assert developer.post("/ideer/ny", data=data, headers=headers).status_code == 200


def test_a_token_of_another_session_is_none(developer, session, idea, guarded, app):
    page = developer.get("/").text
    word = re.search(r"X-CSRFToken[^:]*: (?:&#34;|\")([\w.-]+)", page)[1]
    developer.sign_in(make.user(session))
    data = {"region": idea.region_id, "title": "Ny idé", "csrf_token": word}
    assert developer.post("/ideer/ny", data=data).status_code == 400


# Escaping.

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
RAW = ("<script>alert", "<img src=x", "\"'><img", "49")


@pytest.fixture
def evil(session, clock):
    """Give an idea whose every text is an attempt."""
    owner = make.user(session, name=EVIL)
    company = make.company(session, name=EVIL)
    idea = make.ripe_idea(session, title=EVIL, company_id=company.id, owner_id=owner.id)
    ideas.edit_idea(session, ME, idea, {"problem": EVIL, "description": EVIL})
    followups.promise(session, ME, idea, what=EVIL, due_on=TODAY)
    make.jobs(session, idea_id=idea.id, source=EVIL)
    make.move(session, idea, "case", TODAY)
    make.move(session, idea, "rd_application", TODAY)
    make.move(session, idea, "case", TODAY, reason=EVIL)
    make.visit(
        session, company_id=company.id, about=EVIL, needs=EVIL, new_contacts=(EVIL,),
        idea_title=EVIL, idea_text=EVIL, promises=(Promise(EVIL, TODAY),), is_shared=True,
    )  # fmt: skip
    programme = make.programme(session, name=EVIL, description=EVIL)
    make.goal(session, "ideas_registered", of=programme, counting_rule=EVIL)
    for close in (ideas.park_idea, ideas.stop_idea):
        more = {"look_again_on": TODAY} if close is ideas.park_idea else {"learnt": EVIL}
        closed = make.idea(session, title=EVIL, company_id=company.id)
        close(session, ME, closed, on=TODAY, reason=EVIL, **more)
    session.flush()
    return idea


def page_of(answer):
    """Give what a browser would read as HTML."""
    return answer.text if answer.mimetype == "text/html" else ""


def unescaped(answer):
    return [raw for raw in RAW[:3] if raw in page_of(answer)]


@shared_out("headers", [{}, HTMX])
def test_what_people_write_is_text_on_every_page(app, client, session, evil, headers):
    client.sign_in(make.user(session, Role.ADMIN, name=EVIL))
    numbers = {**NUMBERS, "idea_id": evil.id, "company_id": evil.company_id}
    seen = 0
    for address in [
        *every_address(app, numbers),
        "/ideer?status=stopped",
        "/tavle/endringer?siden=0",
    ]:
        answer = client.get(address, headers=headers, query_string=None)
        assert not unescaped(answer), address
        seen += html.escape("<script>alert(1)") in page_of(answer)
    assert seen >= 6  # it was there, as text


@shared_out("name", ["q", "company", "next", "region", "status", "kommune"])
def test_what_an_address_says_is_text_too(client, session, evil, name):
    client.sign_in(make.user(session, Role.ADMIN))
    for address in [page.split("?")[0] for page in PAGES] + ["/bekreft-passord", "/logg-inn"]:
        answer = client.get(address, query_string={name: EVIL})
        assert not unescaped(answer), address


def test_answers_and_toasts_are_text_too(client, session, evil):
    client.sign_in(make.user(session, Role.ADMIN))
    posts = [
        ("/ideer/ny", {"region": evil.region_id, "title": EVIL, "company": EVIL}),
        ("/ideer/ny", {"region": evil.region_id, "title": "", "company": EVIL}),
        (f"/ideer/{evil.id}/flytt", {"to_stage": EVIL, "seen_stage": EVIL, "on": EVIL}),
        (f"/ideer/{evil.id}/parker", {"on": EVIL, "reason": EVIL}),
        (f"/ideer/{evil.id}/rediger", {"title": EVIL * 9, "was_title": EVIL, "problem": EVIL}),
        (f"/ideer/{evil.id}/neste-steg", {"text": EVIL, "due_on": EVIL}),
        (f"/ideer/{evil.id}/neste-steg", {"text": EVIL}),
        (f"/ideer/{evil.id}/parker", {"on": "12.05.2026", "reason": EVIL}),
        ("/oppsett/regioner/ny", {"name": EVIL, "municipalities": EVIL}),
        ("/oppsett/regioner/ny", {"name": EVIL, "municipalities": "3421"}),
        ("/oppsett/personer/ny", {"name": EVIL, "email": EVIL, "role": EVIL, "region_ids": EVIL}),
        ("/logg-inn", {"email": EVIL, "password": EVIL, "next": EVIL}),
    ]
    for headers in ({}, HTMX):
        for address, data in posts:
            answer = client.post(address, data=data, headers=headers)
            assert answer.status_code != 500, address
            assert not unescaped(answer), (address, data)
            assert not unescaped(client.get("/oppsett"))  # with what was flashed


def test_a_column_shows_fifty_and_then_the_rest(developer, session, clock):
    for _ in range(COLUMN_PAGE + 3):
        make.idea(session)
    page = developer.get("/").text
    more = re.search(r'/tavle/kolonne/[^"]+', page)[0].replace("&amp;", "&")
    rest = developer.get(more, headers=HTMX).text
    assert len(re.findall(r'id="i\d+"', page)) == COLUMN_PAGE
    assert len(re.findall(r'id="i\d+"', rest)) == 3
