"""Whatever a partner narrows, sorts, saves or searches for tells no word of what is not shared."""

import re
from datetime import date

import pytest

from incubator.accounts.models import Role
from incubator.core.access import command_line
from incubator.followups import operations as followups
from incubator.ideas import operations as ideas, tags
from incubator.ideas.models import Comment
from incubator.pipeline import saved
from tests import make

ME = command_line()
PART = {"HX-Request": "true"}
WORD = "Zirkonlaser"
QUERIES = (
    "", "q=zirkonlaser", "q=zirk", "q=laser", "eier={owner}", "kommune={place}",
    "bedrift={company}", "merke={tag}", "fra=besok", "fra=hand",
    "vis=stille&vis=uten-steg", "vis=delt", "alle=1",
    "sorter=tittel", "sorter=bedrift&eier={owner}", "etter=0", "etter=0&sorter=ansvarlig",
    "siden=0",
)  # fmt: skip


def hidden(session):
    """Put the word in every field of an idea that is not shared, and beside one that is."""
    boss = make.actor(session, Role.MANAGER)
    owner = make.user(session, name=f"{WORD} Eier")
    company = make.company(session, name=f"{WORD} AS")
    make.contact(session, company, name=WORD, title=WORD)
    secret = make.idea(session, title=WORD, company_id=company.id, owner_id=owner.id)
    ideas.edit_idea(session, ME, secret, {"problem": WORD, "description": WORD})
    followups.promise(session, ME, secret, what=WORD, due_on=None)
    make.visit(session, company_id=company.id, about=WORD, needs=WORD, idea_title=f"{WORD} to")
    told = make.idea(session, title="Delt idé")
    ideas.share_idea(session, ME, told, is_shared=True, on=date(2026, 5, 1))
    tags.tag_ideas(session, ME, [secret, told], WORD)
    for idea in (secret, told):
        made = {"change_id": idea.change_id, "recorded_at": idea.recorded_at}
        session.add(Comment(idea_id=idea.id, body=WORD, **made))
    view = saved.save_view(
        session, boss, region_id=secret.region_id, name=WORD, query="vis=stille",
        is_shared=True, is_default=True,
    )  # fmt: skip
    session.flush()
    tag = tags.list_tags(session, secret.region_id)[0]
    numbers = {"company": company.id, "tag": tag.id, "owner": owner.id,
               "place": secret.municipality_id or 1}  # fmt: skip
    return secret, view, numbers


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True, scope="session")
def test_a_partner_finds_no_word_of_what_is_hidden(client, session, clock):
    secret, view, numbers = hidden(session)
    queries = [query.format(**numbers) for query in QUERIES]
    pages = ("/", "/tavle/filter", "/sok", f"/tavle/kolonne/{secret.stage_id}", "/tavle/endringer")
    forms = ("/tavle/visninger/ny", f"/tavle/visninger/{view.id}")
    asked = [f"{page}?region={secret.region_id}&{query}" for page in pages for query in queries]
    asked += [f"{form}?region={secret.region_id}" for form in forms]

    def heard(ways):
        for address in asked:
            for headers in ways:
                text = client.get(address, headers=headers).text
                # Who owns ideas here is known to partners; their names may be chosen from.
                yield address, re.sub(f"{WORD} Eier", "", text)

    client.sign_in(make.user(session, Role.PARTNER))
    assert [address for address, text in heard(({}, PART)) if WORD in text] == []
    client.sign_in(make.user(session))
    assert len([address for address, text in heard(({},)) if WORD in text]) > 50
