"""Companies that are merged while others write to them: nothing is left with the duplicate."""

from collections import Counter

import pytest
import sqlalchemy as sa

from incubator.companies import queries
from incubator.companies.models import Company, Contact
from incubator.core.access import command_line
from incubator.ideas.models import Idea, Stage
from incubator.pipeline.merging import merge_companies
from incubator.visits.models import Visit
from tests import make
from tests.load.conftest import at_once

ROUNDS = 4


def two_companies(site, nth):
    with site.write() as session:
        pair = [make.company(session, name=f"{name} {nth}") for name in ("Riktig", "Duplikat")]
        for company in pair:
            make.idea(session, company_id=company.id)
            make.contact(session, company)
        return [(one.id, one.version) for one in pair]


def merge(person, kept, other):
    return person.post(
        f"/bedrifter/{kept[0]}/sla-sammen", med=other[0], kept_version=kept[1],
        other_version=other[1], name="other",
    )  # fmt: skip


def deeds_of(site, nth, kept, other):
    first = site.read(sa.select(Stage.id).order_by(Stage.nth))[0].id
    day = {"kind": "visit", "occurred_on": "2026-03-02"}
    new = {"title": f"Ny {nth}", "company": f"Duplikat {nth}", "stage": first}
    corrected = {"name": f"Duplikat {nth}", "was_name": f"Duplikat {nth}", "employees": "7"}
    people = site.people
    return {
        "merge": lambda: merge(people[0], kept, other),
        "merge the other way": lambda: merge(people[1], other, kept),
        "visit": lambda: people[2].post("/besok", company_id=other[0], about="Flis", **day),
        "contact": lambda: people[3].post(f"/bedrifter/{other[0]}/kontakter", name="Kari"),
        "contact of the other": lambda: people[4].post(
            f"/bedrifter/{kept[0]}/kontakter", name="Ola"
        ),
        "idea": lambda: people[5].post("/ideer/ny", **new),
        "correction": lambda: people[6].post(f"/bedrifter/{other[0]}/rediger", **corrected),
    }


def test_all_that_is_written_meanwhile_belongs_to_one_that_stands(site):
    statuses = Counter()
    for nth in range(ROUNDS):
        kept, other = two_companies(site, nth)
        deeds = deeds_of(site, nth, kept, other)
        if nth % 2:
            # Who merges is told of a correction that came first; without one, one merge is made.
            del deeds["correction"]
        answers = at_once(list(deeds.values()))
        statuses.update(zip(deeds, (answer.status for answer in answers), strict=True))
        merges = [answer.status for answer in answers[:2]].count(200)
        assert merges == 1 or (merges == 0 and nth % 2 == 0), statuses
    assert not [deed for deed in statuses if deed[1] >= 500], statuses
    merged = sa.select(Company.id).where(Company.voided_at.isnot(None))
    for table in (Contact, Idea, Visit):
        left = site.read(sa.select(table.id).where(table.company_id.in_(merged), table.known()))
        assert left == [], (table.__tablename__, statuses)
    site.check_by_command()


def test_a_company_is_not_merged_before_what_is_being_written_to_it_is_there(site):
    """SQLite lets one write at a time anyway."""
    kept, other = two_companies(site, "sist")
    with site.write() as writer:
        if writer.get_bind().dialect.name == "sqlite":
            return
        company = queries.get_to_write(writer, other[0])
        with site.write() as late, pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            late.execute(sa.text("SET LOCAL lock_timeout = '200ms'"))
            pair = [late.get_one(Company, one[0]) for one in (kept, other)]
            try:
                merge_companies(late, command_line(), *pair)
            finally:
                late.rollback()
        make.contact(writer, company)
    with site.write() as late:
        pair = [late.get_one(Company, one[0]) for one in (kept, other)]
        merge_companies(late, command_line(), *pair)
    site.check()
