"""The shared order of a column: as dropped, whatever is dropped where, and never a double."""

import random

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from incubator.core.access import command_line
from incubator.ideas import operations as ideas, order
from incubator.ideas.models import Idea
from incubator.ideas.order import STRIDE, TOP, Place, position_at
from tests import make

BOUNDED = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # each example writes to a database
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class Column:
    """A column of bare cards, beside the plain list that it should be like."""

    def __init__(self, session, cards):
        self.session = session
        self.stages = make.stages(session)
        self.region_id = make.region(session).id
        self.template = make.idea(session)
        self.template.position = None
        session.flush()
        self.stage_id = self.stages["case"].id
        self.like = [self._card(nth * STRIDE) for nth in range(cards)]

    def _card(self, position):
        columns = {c.key: c for c in Idea.__table__.c if c.key != "id"}
        columns |= {
            "stage_id": sa.literal(self.stage_id),
            "position": sa.literal(position, sa.BigInteger),
        }
        copy = sa.select(*columns.values()).where(Idea.__table__.c.id == self.template.id)
        made = sa.insert(Idea.__table__).from_select(list(columns), copy).returning(Idea.id)
        return self.session.execute(made).scalar_one()

    def elsewhere(self):
        """Make a card that stands in no place: as a neighbour it is as good as none."""
        return self._card(None)

    def drop(self, idea_id, place):
        """Let a card be put at a place, in the column and in the list."""
        at = position_at(self.session, self.region_id, self.stage_id, place)
        self.session.execute(
            sa.update(Idea)
            .where(Idea.id == idea_id)
            .values(position=at, stage_id=self.stage_id)
            .execution_options(synchronize_session=False)
        )
        self._list_drop(idea_id, place)

    def _list_drop(self, idea_id, place):
        marker = object()
        if place.after_id in self.like:
            self.like.insert(self.like.index(place.after_id) + 1, marker)
        elif place.before_id in self.like:
            self.like.insert(self.like.index(place.before_id), marker)
        else:
            self.like.insert(0, marker)
        if idea_id in self.like:
            self.like.remove(idea_id)
        self.like[self.like.index(marker)] = idea_id

    def stored(self):
        query = sa.select(Idea.id, Idea.position).where(
            Idea.region_id == self.region_id,
            Idea.stage_id == self.stage_id,
            Idea.position.isnot(None),
        )
        rows = self.session.execute(query.order_by(Idea.position)).all()
        assert len({row.position for row in rows}) == len(rows)
        return [row.id for row in rows]


# A drop: which card (one more is a new one), beside which others (or none, or one elsewhere).
NEIGHBOUR = st.none() | st.integers(-1, 11)
DROPS = st.lists(st.tuples(st.integers(0, 12), NEIGHBOUR, NEIGHBOUR), max_size=40)


@BOUNDED
@given(drops=DROPS, data=st.randoms(use_true_random=False))
def test_a_column_stands_in_the_order_of_the_drops(session, drops, data):
    with session.begin_nested() as savepoint:
        column = Column(session, cards=data.randint(0, 8))
        absent = column.elsewhere()
        for which, after, before in drops:
            card = column.like[which] if which < len(column.like) else column.elsewhere()
            neighbours = [neighbour_of(column, nth, absent) for nth in (after, before)]
            column.drop(card, Place(*neighbours))
        assert column.stored() == column.like
        savepoint.rollback()


def neighbour_of(column, nth, absent):
    if nth is None:
        return None
    return column.like[nth] if 0 <= nth < len(column.like) else absent


@BOUNDED
@given(seed=st.integers(0, 2**32), gap=st.sampled_from([1, 2, 3, 40]))
def test_a_crowded_column_makes_room_and_keeps_its_order(session, seed, gap):
    with session.begin_nested() as savepoint:
        column = Column(session, cards=0)
        column.like = [column._card(nth * gap) for nth in range(50)]
        draw = random.Random(seed)
        for _ in range(40):
            card = draw.choice([column.elsewhere(), *column.like])
            column.drop(card, Place(after_id=draw.choice(column.like)))
        assert column.stored() == column.like
        savepoint.rollback()


def test_five_thousand_drops_on_top_stand_in_their_order(session):
    column = Column(session, cards=12)
    for nth in range(5000):
        column.drop(column.like[nth % 12], TOP)
    assert column.stored() == column.like
    assert top_of(session, column) == -5000 * STRIDE


def test_five_thousand_new_cards_on_top_stand_in_their_order(session):
    """As many as never leave their column: the top is asked for as the last one was given."""
    column = Column(session, cards=1)
    top = top_of(session, column)
    columns = [c.key for c in Idea.__table__.c if c.key != "id"]
    row = session.execute(sa.select(Idea.__table__)).mappings().first()
    common = {key: row[key] for key in columns} | {"stage_id": column.stage_id}
    rows = [{**common, "position": top - nth * STRIDE} for nth in range(1, 5001)]
    session.execute(sa.insert(Idea.__table__), rows)
    assert order.top_position(session, column.region_id, column.stage_id) == top - 5001 * STRIDE


def top_of(session, column):
    query = sa.select(sa.func.min(Idea.position)).where(Idea.stage_id == column.stage_id)
    return session.scalar(query)


@pytest.mark.parametrize("side", ["after", "before"])
def test_five_hundred_drops_between_the_same_two_cards_stand_in_their_order(session, side):
    column = Column(session, cards=2)
    above, below = column.like
    place = Place(after_id=above) if side == "after" else Place(before_id=below)
    for _ in range(500):
        column.drop(column.elsewhere(), place)
    assert column.stored() == column.like
    assert (column.like[0], column.like[-1]) == (above, below)


def test_the_same_card_dropped_over_and_over_stays_where_it_is_dropped(session):
    column = Column(session, cards=5)
    first, second, card = column.like[0], column.like[1], column.like[4]
    for nth in range(200):
        column.drop(card, Place(after_id=first if nth % 2 else second))
    assert column.stored() == column.like


def test_a_card_dropped_beside_itself_stays(session):
    column = Column(session, cards=3)
    card = column.like[1]
    for place in (Place(after_id=card), Place(before_id=card), Place(card, card)):
        column.drop(card, place)
    assert column.stored() == column.like


def test_a_neighbour_of_another_region_is_passed_over(session):
    column = Column(session, cards=2)
    stranger = make.idea(session, "case", region_name="Hamarregionen")
    column.drop(column.like[1], Place(after_id=stranger.id))
    assert column.stored() == column.like


def test_parked_cards_keep_their_place_among_the_open_ones(session, clock):
    me = command_line()
    _bottom, parked, _top = (make.idea(session) for _ in range(3))
    place = parked.position
    ideas.park_idea(session, me, parked, on=make.REGISTERED, reason="Venter.", look_again_on=None)
    new = make.idea(session)
    taken = order.position_at(
        session, new.region_id, new.stage_id, Place(after_id=_top.id, before_id=_bottom.id)
    )
    assert parked.position == place and taken != place


def test_a_card_that_room_was_made_around_is_written_where_it_was_dropped(session):
    """Its new place can have the number of its old one, which is another card's by then."""
    first, second, card = (make.idea(session) for _ in range(3))
    for idea, position in ((first, 0), (second, 1), (card, STRIDE // 2)):
        session.execute(
            sa.update(Idea.__table__).where(Idea.id == idea.id).values(position=position)
        )
    session.expire_all()
    assert card.position == STRIDE // 2
    card.position = position_at(session, card.region_id, card.stage_id, Place(after_id=first.id))
    session.flush()
    query = sa.select(Idea.id).where(Idea.stage_id == card.stage_id).order_by(Idea.position)
    assert session.scalars(query).all() == [first.id, card.id, second.id]
