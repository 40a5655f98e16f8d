"""Tags: one word of a region however it is written, one change for many ideas, and its undo."""

import pytest
import sqlalchemy as sa

from incubator.audit.models import ChangeValue
from incubator.core.access import command_line
from incubator.core.errors import NotFound, RuleBroken
from incubator.ideas import tags
from incubator.ideas.models import IdeaTag, Tag
from incubator.pipeline.undo import undo_change
from tests import make

ME = command_line()


def names(session, *ideas):
    found = tags.tags_of(session, [idea.id for idea in ideas])
    return [[tag.name for tag in found.get(idea.id, [])] for idea in ideas]


def test_a_tag_is_given_to_many_ideas_by_one_change_and_taken_away_by_its_undo(session):
    one, two = make.idea(session), make.idea(session)
    tags.tag_ideas(session, ME, [one], "Biokull")
    change = tags.tag_ideas(session, ME, [one, two], "  grønn   Energi ")
    assert names(session, one, two) == [["Biokull", "grønn Energi"], ["grønn Energi"]]
    assert {one.last_change_id, two.last_change_id} == {change.id}
    told = session.scalars(
        sa.select(ChangeValue).where(
            ChangeValue.change_id == change.id, ChangeValue.field == "tags"
        )
    )
    assert [(v.subject_id, v.old, v.new) for v in told] == [
        (one.id, "Biokull", "Biokull, grønn Energi"), (two.id, None, "grønn Energi"),
    ]  # fmt: skip
    undo_change(session, ME, change.id)
    assert names(session, one, two) == [["Biokull"], []]


def test_the_same_word_is_one_tag_and_given_once(session):
    one, two = make.idea(session), make.idea(session)
    tags.tag_ideas(session, ME, [one], "Grønn energi")
    assert tags.tag_ideas(session, ME, [one], "GRØNN ENERGI") is None
    tags.tag_ideas(session, ME, [one, two], "grønn energi")
    assert names(session, one, two) == [["Grønn energi"], ["Grønn energi"]]
    assert session.scalar(sa.select(sa.func.count(Tag.id))) == 1
    assert session.scalar(sa.select(sa.func.count(IdeaTag.id))) == 2


def test_what_an_undo_gives_back_was_not_there_meanwhile(session):
    idea = make.idea(session)
    tags.tag_ideas(session, ME, [idea], "Biokull")
    [tag] = tags.list_tags(session, idea.region_id, "kull")
    taken = tags.untag_ideas(session, ME, [idea], tag)
    assert names(session, idea) == [[]]
    assert tags.list_tags(session, idea.region_id) == []
    undo_change(session, ME, taken.id)
    assert names(session, idea) == [["Biokull"]]
    assert session.scalar(sa.select(sa.func.count(IdeaTag.id))) == 2
    assert tags.untag_ideas(session, ME, [make.idea(session)], tag) is None


def test_no_tag_without_a_word_and_none_of_another_region(session):
    idea, other = make.idea(session), make.idea(session, region_name="Hamarregionen")
    for name in ("  ", "x" * 41):
        with pytest.raises(RuleBroken, match="tag_"):
            tags.tag_ideas(session, ME, [idea], name)
    with pytest.raises(RuleBroken, match="one_region"):
        tags.tag_ideas(session, ME, [idea, other], "Biokull")
    tags.tag_ideas(session, ME, [idea], "Biokull")
    [tag] = tags.list_tags(session, idea.region_id)
    with pytest.raises(NotFound, match="no_such_tag"):
        tags.get_tag(session, other.region_id, tag.id)
