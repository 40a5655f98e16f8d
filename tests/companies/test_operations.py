"""Companies are made once, found by their many spellings, and keep their numbers apart."""

import pytest
import sqlalchemy as sa

from incubator.audit.models import ChangeValue
from incubator.companies import operations as companies, queries
from incubator.companies.models import Company
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.facts import void
from tests import make


def number_of(session):
    return session.scalar(sa.select(sa.func.count(Company.id)).where(Company.known()))


@pytest.mark.parametrize(
    "name",
    ["Furumoen Støperi AS", "FURUMOEN STØPERI A/S", " furumoen  støperi", "Furumoen støperi asa"],
)
def test_one_company_is_known_by_all_its_spellings(session, name):
    first = companies.company_named(session, make.a_change(session), "Furumoen Støperi AS")
    assert companies.company_named(session, make.a_change(session), name) is first
    assert number_of(session) == 1


def test_another_name_is_another_company(session):
    change = make.a_change(session)
    made = {
        companies.company_named(session, change, n).id for n in ("Berg AS", "Berget AS", "Bærg")
    }
    assert len(made) == 3


def test_what_was_made_by_mistake_is_not_found_again(session):
    change = make.a_change(session)
    wrong = companies.company_named(session, change, "Feil AS")
    void(session, wrong, change)
    session.flush()
    assert companies.company_named(session, change, "Feil AS") is not wrong
    with pytest.raises(NotFound):
        queries.get_company(session, wrong.id)


def test_a_number_belongs_to_one_company(session):
    number = make.orgnr()
    first, second = make.company(session, orgnr=number), make.company(session, orgnr=None)
    assert queries.find_by_orgnr(session, number) is first
    with pytest.raises(RuleBroken, match="orgnr_taken"):
        companies.set_orgnr(session, make.a_change(session), second, f"NO {number} MVA")
    with pytest.raises(RuleBroken, match="bad_orgnr"):
        companies.set_orgnr(session, make.a_change(session), second, "123456789")
    assert second.orgnr is None


def test_a_number_that_is_filled_in_stands_in_the_change(session):
    company, change, number = (
        make.company(session, orgnr=None),
        make.a_change(session),
        make.orgnr(),
    )
    companies.set_orgnr(session, change, company, number)
    value = session.scalars(sa.select(ChangeValue).where(ChangeValue.change_id == change.id)).one()
    assert (value.field, value.old, value.new) == ("orgnr", None, number)


def test_a_company_has_a_name(session):
    with pytest.raises(RuleBroken, match="name_missing"):
        companies.add_company(session, make.a_change(session), name="  ")


def test_companies_are_listed_as_norwegians_sort_them(session):
    names = ["Åsnes Bruk", "Øyer Sag", "Ærlig AS", "Zink", "alm", "Aasen Mek", "Berg"]
    for name in names:
        make.company(session, name=name)
    listed = [company.name for company in queries.list_companies(session)]
    assert listed == ["alm", "Berg", "Zink", "Ærlig AS", "Øyer Sag", "Aasen Mek", "Åsnes Bruk"]


@pytest.mark.parametrize(
    "text, found",
    [
        ("støp", 1),
        ("STØPERI as", 1),
        ("moen st", 1),
        ("%", 0),
        ("_", 0),
        ("finnesikke", 0),
        ("", 2),
    ],
)
def test_a_part_of_the_name_finds_it(session, text, found):
    make.company(session, name="Furumoen Støperi AS")
    make.company(session, name="Glommali Sagbruk")
    assert len(queries.list_companies(session, text)) == found
