"""However companies are merged, parted and written to: all is kept, and counted once."""

from datetime import date

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from incubator.companies import operations as companies, queries
from incubator.companies.models import Company, CompanyMerge, Contact
from incubator.core.access import command_line
from incubator.core.clock import Period
from incubator.core.errors import Refusal
from incubator.core.scope import View
from incubator.followups import operations as followups
from incubator.goals import queries as goals
from incubator.ideas.models import Idea
from incubator.pipeline.merging import BELONGINGS, merge_companies
from incubator.pipeline.renaming import edit_company
from incubator.pipeline.undo import undo_change
from incubator.upkeep import check
from tests import make
from tests.thorough import THOROUGH

ME = command_line()
TODAY = date(2026, 5, 12)
ACTIONS = (
    "merge", "merge", "merge", "undo", "undo", "idea", "visit", "contact", "promise", "admit",
    "edit", "move_contact",
)  # fmt: skip
STEP = st.tuples(
    st.sampled_from(ACTIONS),
    st.integers(0, 3),
    st.integers(0, 3),
    st.sets(st.sampled_from(companies.EDITABLE)),
)
BOUNDED = settings(
    max_examples=20 if THOROUGH else 3,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class Firms:
    """Does what it is told through the operations, and remembers each merge with what was so."""

    def __init__(self, session):
        self.session = session
        self.owner = make.user(session).id
        self.ids = [
            make.company(session, employees=n or None, name=f"Firma {n} AS").id for n in range(4)
        ]
        self.merges = []

    def standing(self, which):
        return queries.get_standing(self.session, self.ids[which])

    def step(self, action, one, other, fields):
        try:
            with self.session.begin_nested():
                getattr(self, f"_{action}")(one, other, fields)
        except Refusal:
            self.session.expire_all()

    def _merge(self, one, other, fields):
        kept, duplicate = self.standing(one), self.standing(other)
        before = self.all()
        change = merge_companies(self.session, ME, kept, duplicate, take=fields)
        assert self.all(owners=False) == {row[:2] for row in before}
        self.merges.append((change.id, before, self.all()))

    def _undo(self, one, _other, _fields):
        if not self.merges:
            return
        change_id, before, after = self.merges[-1 - one % len(self.merges)]
        now = self.all()
        undo_change(self.session, ME, change_id)
        self.merges = [merge for merge in self.merges if merge[0] != change_id]
        if now == after:
            assert self.all() == before

    def _idea(self, one, _other, _fields):
        make.ripe_idea(self.session, company_id=self.ids[one], owner_id=self.owner)

    def _visit(self, one, _other, _fields):
        make.visit(self.session, company_id=self.ids[one])

    def _contact(self, one, _other, _fields):
        make.contact(self.session, self.standing(one))

    def _promise(self, one, _other, _fields):
        if idea := self._first(Idea, one):
            followups.promise(self.session, ME, idea, what="Ring", due_on=None)

    def _admit(self, one, _other, _fields):
        if idea := self._first(Idea, one):
            make.move(self.session, idea, "incubator_company", TODAY)

    def _edit(self, one, other, _fields):
        edit_company(self.session, ME, self.standing(one), {"employees": 10 + other})

    def _move_contact(self, one, other, _fields):
        if contact := self._first(Contact, one):
            companies.move_contact(self.session, ME, contact, self.standing(other))

    def _first(self, table, which):
        of = table.company_id == self.standing(which).id
        return self.session.scalars(sa.select(table).where(of, table.known())).first()

    def all(self, *, owners=True):
        """Name every standing row that is a company's, and whose it is."""
        return {
            tuple(row) if owners else tuple(row[:2])
            for one in BELONGINGS
            if one.table is not CompanyMerge
            for row in self.session.execute(
                sa.select(sa.literal(one.kind), one.table.id, one.column).where(
                    one.column.is_not(None), one.table.known()
                )
            )
        }

    def must_agree(self):
        self.session.flush()
        self.session.expire_all()
        assert [f"{invariant.name} {row}" for invariant, row in check.broken(self.session)] == []
        counted = goals.all_values(self.session, View(TODAY), Period(date(2026, 1, 1), TODAY))
        rows = self.all()
        visited = {company_id for kind, _, company_id in rows if kind == "visit"}
        assert counted["companies_visited"] == len(visited)
        assert counted["company_visits"] == sum(kind == "visit" for kind, *_ in rows)
        assert counted["incubator_active"] == sum(kind == "incubation" for kind, *_ in rows)
        standing = set(self.session.scalars(sa.select(Company.id).where(Company.known())))
        assert {company_id for *_, company_id in rows} <= standing


@BOUNDED
@given(steps=st.lists(STEP, min_size=4, max_size=14))
def test_whatever_is_merged_and_parted_nothing_is_lost_and_all_agrees(session, clock, steps):
    with session.begin_nested() as example:
        firms = Firms(session)
        for step in steps:
            firms.step(*step)
            firms.must_agree()
        assert make.stages(session)
        example.rollback()
    session.expire_all()
