"""The permission table of the product, done line by line by every role, and what must not leak."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import product
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role, User
from incubator.accounts.permissions import PERMISSIONS
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.core.access import Permission, command_line
from incubator.core.links import Place
from incubator.followups import operations as followups
from incubator.ideas import archive, comments, links, operations as ideas, tags
from incubator.ideas.models import Idea, LinkKind
from tests import make
from tests.looked import EVERYTHING, Looked
from tests.test_addresses import text_of
from tests.thorough import shared_out, some

TODAY = date(2026, 5, 12)
ME = command_line()
YES, NO, OWN, OWN_OR_NOBODYS = "yes", "no", "own", "own and unassigned"
ROLES = (Role.ADMIN, Role.MANAGER, Role.DEVELOPER, Role.ADVISOR, Role.PARTNER)
# The table as it stands in the description of the product, for one's own regions.
TABLE = {
    "see counts": (YES, YES, YES, YES, YES),
    "see text": (YES, YES, YES, YES, NO),
    "log": (YES, YES, YES, YES, NO),
    "move": (YES, YES, YES, OWN_OR_NOBODYS, NO),
    "correct": (YES, YES, OWN, OWN, NO),
    "goals": (YES, YES, NO, NO, NO),
    "import": (YES, YES, YES, NO, NO),
    "settings": (YES, NO, NO, NO, NO),
    "what is held of a person": (YES, YES, NO, NO, NO),  # not of the description: decision 0036
}
OWNERS = ("own", "nobody's", "another's")


def may(ability, role, owner="own"):
    """Say what the table says of a role, an ability and whose idea it is."""
    said = TABLE[ability][ROLES.index(role)]
    if said == OWN:
        return owner == "own"
    return owner != "another's" if said == OWN_OR_NOBODYS else said == YES


@dataclass
class World:
    """Somebody of a role, and an idea with all that the doings need."""

    session: object
    client: object
    person: User
    idea: Idea
    stage_ids: dict

    @property
    def path(self):
        return f"/ideer/{self.idea.id}"

    def post(self, action, **data):
        return self.client.post(f"{self.path}/{action}", data={"on": "12.05.2026", **data})


@pytest.fixture
def world(client, session, clock):
    """Give what makes a person of a role and an idea, whose and where one likes."""

    def make_world(role, owner="own", region_name="Elverumregionen"):
        person = make.user(session, role)
        client.sign_in(person)
        owner_id = {
            "own": person.id,
            "nobody's": None,
            "another's": make.user(session, Role.DEVELOPER, region_name=region_name).id,
        }[owner]
        idea = make.ripe_idea(session, owner_id=owner_id, region_name=region_name)
        ids = {key: stage.id for key, stage in make.stages(session).items()}
        return World(session, client, person, idea, ids)

    return make_world


# Every doing of an ability: a name, and what is sent.


def move(world):
    ids = world.stage_ids
    answers = {"owner_id": world.person.id} if world.idea.owner_id is None else {}
    return world.post("flytt", to_stage=ids["case"], seen_stage=ids["idea"], **answers)


def place(world):
    ids = world.stage_ids
    return world.post("flytt", to_stage=ids["idea"], seen_stage=ids["idea"])


def edit(world):
    idea = world.idea
    company = world.session.get_one(Company, idea.company_id).name
    stored = {
        "title": idea.title, "problem": idea.problem, "description": "", "company_name": company,
        "owner_id": idea.owner_id or "", "municipality_id": "",
    }  # fmt: skip
    was = {f"was_{key}": value for key, value in stored.items()}
    return world.post("rediger", **{**stored, **was, "title": "En ny tittel"})


def park(world):
    return world.post("parker", reason="Venter på svar")


def stop(world):
    return world.post("stopp", reason="Ingen vil ha det", learnt="Spør før")


def launch(world):
    return world.post("lansert")


def reopen(world):
    ideas.park_idea(world.session, ME, world.idea, on=TODAY, reason="Venter", look_again_on=None)
    world.session.flush()
    return world.post("gjenapne", reason="Svaret kom")


def promise(world):
    return world.post("neste-steg", text="Ring verkstedet")


def keep_promise(world):
    step = followups.promise(world.session, ME, world.idea, what="Ring", due_on=None)
    world.session.flush()
    return world.post(f"neste-steg/{step.id}/gjort")


def add(world):
    data = {"region": world.idea.region_id, "title": "Noe helt nytt"}
    return world.client.post("/ideer/ny", data=data)


def share(world):
    return world.post("del", is_shared="1")


MOVES = (move, place, edit, park, stop, launch, reopen)
LOGS = (promise, keep_promise)


def changes(session):
    return session.scalar(sa.select(sa.func.max(Change.id)))


def succeeds(world, doing):
    """Say whether a doing was done: answered well, and with a change. Refused is refused wholly."""
    before = prepared = changes(world.session)
    if doing in (reopen, keep_promise):
        prepared = before + 1  # what it stands on is made first
    answer = doing(world)
    after = changes(world.session)
    if answer.status_code < 400:
        assert after > prepared, doing.__name__
        return True
    assert answer.status_code in (403, 404), (doing.__name__, answer.status_code)
    assert after == prepared, doing.__name__
    return False


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("doing", MOVES, ids=lambda doing: doing.__name__)
def test_cards_are_moved_by_those_who_may(world, role, owner, doing):
    assert succeeds(world(role, owner), doing) == may("move", role, owner)


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("doing", LOGS, ids=lambda doing: doing.__name__)
def test_promises_are_everybodys_who_works_in_the_field(world, role, owner, doing):
    assert succeeds(world(role, owner), doing) == may("log", role, owner)


@pytest.mark.parametrize("role", ROLES)
def test_ideas_are_added_by_those_who_may(world, role):
    assert succeeds(world(role), add) == may("log", role)


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("role", ROLES)
def test_ideas_are_shared_by_those_who_may(world, role, owner):
    there = world(role, owner)
    assert succeeds(there, share) == may("correct", role, owner)
    assert there.idea.is_shared == may("correct", role, owner)


@pytest.mark.parametrize("whose", ["own", "another's"])
@pytest.mark.parametrize("role", ROLES)
def test_changes_are_undone_by_those_who_may(world, session, role, whose):
    there = world(role, "own")
    by = make.actor_of(session, there.person if whose == "own" else make.user(session))
    if role == Role.PARTNER:
        by = ME  # a partner has no change of their own
    change = make.move(session, there.idea, "case", TODAY, by=by if whose == "own" else ME)
    session.flush()
    answer = there.client.post(f"/endringer/{change.id}/angre")
    undone = session.scalar(sa.select(Change.id).where(Change.undoes_id == change.id))
    expected = may("correct", role, whose)
    assert (answer.status_code < 400) == (undone is not None) == expected


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("doing", [*MOVES, *LOGS, add, share], ids=lambda doing: doing.__name__)
def test_in_another_region_only_the_administrator_does_anything(world, role, doing):
    there = world(role, "own", "Kongsvingerregionen")
    assert succeeds(there, doing) == (role == Role.ADMIN)


@pytest.mark.parametrize("role", ROLES)
def test_a_change_in_another_region_is_undone_by_the_administrator_alone(world, session, role):
    there = world(role, "own", "Kongsvingerregionen")
    change = make.move(session, there.idea, "case", TODAY)
    session.flush()
    there.client.post(f"/endringer/{change.id}/angre")
    undone = session.scalar(sa.select(Change.id).where(Change.undoes_id == change.id))
    assert (undone is not None) == (role == Role.ADMIN)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "ability, address",
    [
        ("see counts", "/mal"), ("see counts", "/mal/stripe"), ("see counts", "/"),
        ("see counts", "/mal/tall/ideas_registered"), ("see text", "/bedrifter"),
        ("import", "/import"), ("settings", "/oppsett"),
    ],
)  # fmt: skip
def test_pages_open_for_those_who_may(world, role, ability, address):
    answer = world(role).client.get(address)
    assert answer.status_code == (200 if may(ability, role) else 403)


@pytest.mark.parametrize("role", ROLES)
def test_an_idea_that_is_not_shared_is_read_by_those_who_may(world, role):
    there = world(role, "another's")
    there.idea.problem = "Et hemmelig problem"
    answer = there.client.get(there.path)
    assert ("Et hemmelig problem" in answer.text) == may("see text", role)
    assert answer.status_code == (200 if may("see text", role) else 404)


@pytest.mark.parametrize("role", ROLES)
def test_a_shared_idea_is_read_by_everybody_of_the_region_until_it_is_withdrawn(
    world, session, role
):
    there = world(role, "another's")
    ideas.share_idea(session, ME, there.idea, is_shared=True, on=TODAY)
    assert there.client.get(there.path).status_code == 200
    assert there.idea.title in there.client.get("/").text
    ideas.share_idea(session, ME, there.idea, is_shared=False, on=TODAY)
    expected = 200 if may("see text", role) else 404
    assert there.client.get(there.path).status_code == expected


@pytest.mark.parametrize("role", [role for role in ROLES if role != Role.ADMIN])
def test_a_shared_idea_of_another_region_is_not_shared_with_this_one(world, session, role):
    there = world(role, "another's", "Kongsvingerregionen")
    ideas.share_idea(session, ME, there.idea, is_shared=True, on=TODAY)
    assert there.client.get(there.path).status_code == 404


def test_the_roles_of_the_program_are_those_of_the_table():
    """Code and table say the same, so that neither changes without the other."""
    named = {
        "see counts": {Permission.COUNTS_SEE, Permission.BOARD_SEE},
        "see text": {Permission.IDEA_SEE, Permission.COMPANY_SEE, Permission.VISIT_SEE},
        "log": {
            Permission.IDEA_ADD,
            Permission.FOLLOWUP_EDIT,
            Permission.COMPANY_EDIT,
            Permission.VISIT_LOG,
        },
        "move": {Permission.IDEA_MOVE},
        "correct": {Permission.IDEA_CORRECT},
        "goals": {Permission.GOAL_EDIT},
        "import": {Permission.IMPORT},
        "settings": {Permission.ADMIN},
        "what is held of a person": {Permission.PRIVACY},
    }
    beyond_own = {"move": Permission.IDEA_MOVE_ANY, "correct": Permission.IDEA_CORRECT_ANY}
    for role in ROLES:
        expected = {Permission.SIGNED_IN}
        for ability, permissions in named.items():
            expected |= permissions if may(ability, role) else set()
        for ability, permission in beyond_own.items():
            expected |= {permission} if may(ability, role, "another's") else set()
        assert PERMISSIONS[role] == expected, role


# What must not leak.

SECRET, FIRM = "Zirkonlaser", "Kvarnfossen"
QUERIES = (
    {}, {"q": SECRET}, {"q": FIRM}, {"region": "alle"}, {"siden": 0}, {"siden": 0, "q": SECRET},
    {"status": "parked"}, {"status": "stopped"}, {"status": "launched"}, {"status": "open"},
    {"etter": -(2**62)}, {"ukjent": 1}, {"fylke": "34", "region": "alle"},
    {"fra": "2020-01-01", "region": "alle"}, {"company": FIRM},
    {"bedrift": 1, "merke": 1, "fra": "hand"}, {"eier": 1, "sorter": "bedrift"}, {"vis": "stille"},
)  # fmt: skip


@pytest.fixture
def secrets(session, clock):
    """Give ideas whose every field is a secret, in every stage and status of a region."""

    def tell(region_name):
        by = make.actor(session, Role.ADMIN)
        number = make.municipality(session, make.MUNICIPALITIES[region_name][0]).id
        made = []
        for nth in range(9):
            company = make.company(session, name=f"{FIRM} {nth} AS")
            owner = make.user(session, name="Sigrid Berg", region_name=region_name)
            idea = make.idea(
                session, title=f"{SECRET} {nth}", region_name=region_name, by=by,
                company_id=company.id, owner_id=owner.id, municipality_id=number,
            )  # fmt: skip
            ideas.edit_idea(session, by, idea, {"problem": SECRET, "description": SECRET})
            followups.promise(session, by, idea, what=SECRET, due_on=TODAY)
            make.jobs(
                session, idea_id=idea.id, company_id=company.id, region_id=idea.region_id,
                source=SECRET,
            )  # fmt: skip
            tags.tag_ideas(session, by, [idea], SECRET)
            comments.comment_idea(session, by, idea, SECRET, Place("https://a.example", "x"))
            made.append(idea)
        links.link_ideas(session, by, made[0], made[1], LinkKind.RELATED)
        archive.archive_idea(session, by, made[8])
        stages = ["case", "incubator_company", "rd_application", "commercialisation"]
        for idea, stage in zip(made, stages, strict=False):
            make.move(session, idea, stage, TODAY, launched_what=SECRET, reason=SECRET)
        ideas.park_idea(session, by, made[5], on=TODAY, reason=SECRET, look_again_on=TODAY)
        ideas.stop_idea(session, by, made[6], on=TODAY, reason=SECRET, learnt=SECRET)
        ideas.launch_idea(session, by, made[7], on=TODAY)
        session.flush()
        return made

    return tell


def addresses(app, region_id, made):
    """Give every address that can be opened, for some of the ideas, with every query it reads."""
    chosen = [made[nth] for nth in (0, 2, 5)]
    numbers = {
        "idea_id": [idea.id for idea in chosen],
        "company_id": [idea.company_id for idea in chosen],
        "stage_id": list(range(1, 6)),
        "key": ["ideas_registered", "jobs_created", "incubator_active", "applications_sent"],
        "kind": ["csv", "xlsx"],
        "result": ["ide", "arbeidsplasser"],
        "money": ["paid", "returned"],
        "part": ["flyt", "opphav"],
        "locale": ["nb"],
        "which": ["perioden", "aret"],
        "verb": ["stopp"],
        "deed": ["stopp"],
        "event_kind": ["fase", "status"],
        "idea_field": ["problem"],
        "group": ["api"],
    }
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint in ("static", "security.static"):
            continue
        adapter = app.url_map.bind("localhost")
        arguments = sorted(rule.arguments)
        argument = next(iter(arguments), None)
        for values in product(*(numbers.get(name, [1, 2]) for name in arguments)):
            value = dict(zip(arguments, values, strict=True))
            path = adapter.build(rule.endpoint, value)
            is_list = argument in (None, "stage_id", "key") and len(arguments) < 2
            queries = QUERIES if is_list else QUERIES[:1]
            Looked.at = set()
            for query in queries:
                # What a page never looks at cannot change what it says.
                asks = set(query) - {"region"} or set(query)
                if not query or EVERYTHING in Looked.at or Looked.at & asks:
                    yield f"{path}?{urlencode({'region': region_id, **query})}"


def without_the_question(answer, address):
    """Give a page without what the address itself says, which any page may say back."""
    text = text_of(answer) + str(list(answer.headers.values()))
    if "q=" in address or "company=" in address:
        text = re.sub(rf'(value="|q=|q%3D|company=|company%3D|&quot;|«|"){SECRET}', r"\1", text)
        text = re.sub(rf'(value="|q=|q%3D|company=|company%3D|&quot;|«|"){FIRM}', r"\1", text)
    return text


HTMX = {"HX-Request": "true"}


@pytest.mark.usefixtures("looked")
@shared_out("headers", [HTMX, {}])
def test_a_partner_reads_no_word_of_what_is_not_shared(app, client, session, secrets, headers):
    made = secrets("Elverumregionen")
    client.sign_in(make.user(session, Role.PARTNER))
    for address in addresses(app, made[0].region_id, made):
        answer = client.get(address, headers=headers)
        text = without_the_question(answer, address)
        assert SECRET not in text, address
        assert FIRM not in text, address
        assert answer.status_code != 500, address


@pytest.mark.usefixtures("looked")
@shared_out("role, headers", [(Role.MANAGER, {}), (Role.ADVISOR, HTMX)])
def test_nobody_reads_a_word_of_another_region(app, client, session, secrets, role, headers):
    """The names of companies are everybody's who works in the field; the rest is not.

    One asks in the own region and the other in that of the secrets; in a thorough run both in both.
    """
    made = secrets("Kongsvingerregionen")
    client.sign_in(make.user(session, role))
    regions = (make.region(session).id, made[0].region_id)
    for region_id in some(regions, 0 if role == Role.MANAGER else 1):
        for address in addresses(app, region_id, made):
            answer = client.get(address, headers=headers)
            assert SECRET not in without_the_question(answer, address), address
            assert answer.status_code != 500, address


def test_the_administrator_reads_every_region(app, client, session, secrets):
    made = secrets("Kongsvingerregionen")
    client.sign_in(make.user(session, Role.ADMIN))
    read = [client.get(f"/ideer/{idea.id}").text for idea in made]
    assert all(SECRET in text for text in read)
    assert SECRET in client.get(f"/?region={made[0].region_id}").text


def counts_shown(answer):
    """Give the numbers on a page, whatever the words."""
    body = answer.text[answer.text.index("<main") :].split("</main>")[0]
    return re.findall(r"\d+", re.sub(r"<[^>]+>", " ", body))


@pytest.mark.parametrize("word", [SECRET, FIRM, "Sigrid"])
def test_a_partner_cannot_guess_words_by_searching_for_them(client, session, secrets, word):
    """A count of hits would answer whether somebody has an idea about something."""
    made = secrets("Elverumregionen")
    client.sign_in(make.user(session, Role.PARTNER))
    region = made[0].region_id
    hit, miss = (client.get(f"/?region={region}&q={q}") for q in (word, "finnesikke"))
    assert counts_shown(hit) == counts_shown(miss)
    assert client.get(f"/bedrifter?q={word}").status_code == 403


def test_what_a_partner_is_told_of_a_card_that_is_withdrawn_is_its_number(client, session, secrets):
    made = secrets("Elverumregionen")
    client.sign_in(make.user(session, Role.PARTNER))
    before = changes(session)
    ideas.share_idea(session, ME, made[4], is_shared=True, on=TODAY)
    ideas.share_idea(session, ME, made[4], is_shared=False, on=TODAY)
    answer = client.get(f"/tavle/endringer?siden={before}&region={made[4].region_id}", headers=HTMX)
    assert answer.status_code == 200
    assert SECRET not in answer.text
