"""Ideas and the facts about them: stages entered, statuses, sharing."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, UserKey, enum_column, mapped_column
from incubator.core.facts import Fact, Recorded


class StageKind(StrEnum):
    """What the code decides by; what users name and tune is the `Stage`."""

    IDEA = "idea"
    CASE = "case"
    INCUBATOR = "incubator_company"
    APPLICATION = "rd_application"
    MARKET = "commercialisation"


class Status(StrEnum):
    OPEN = "open"
    PARKED = "parked"
    STOPPED = "stopped"
    LAUNCHED = "launched"


class Stage(Base):
    """A column of the board. Its key and kind stay; labels and limits are the users'.

    Labels, limit and threshold are those of today, kept here for speed; `StageTerms` has those
    of every day.
    """

    __tablename__ = "stages"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[StageKind] = enum_column(StageKind, "kind")
    nth: Mapped[int] = mapped_column(unique=True)
    label_nb: Mapped[str]
    label_en: Mapped[str]
    soft_limit: Mapped[int | None]
    stale_days: Mapped[int]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]

    def label(self, locale: str) -> str:
        return self.label_en if locale == "en" else self.label_nb


class FromADay:
    """What holds from a day on, until something else does. The first has no day and no change.

    As with facts, a row is never altered: what was wrong is voided.
    """

    from_on: Mapped[date | None]
    change_id: Mapped[int | None] = mapped_column(sa.ForeignKey("changes.id"))
    recorded_at: Mapped[datetime | None]
    recorded_by_id: Mapped[UserKey]
    voided_at: Mapped[datetime | None]
    void_change_id: Mapped[int | None] = mapped_column(sa.ForeignKey("changes.id"))

    @property
    def is_voided(self) -> bool:
        return self.voided_at is not None

    def holds(self, day: date, known_at: datetime | None = None) -> bool:
        """Say whether this had begun when a day ended, as far as was known at an instant."""
        if self.from_on is not None and self.from_on > day:
            return False
        if known_at is None:
            return self.voided_at is None
        is_recorded = self.recorded_at is None or self.recorded_at <= known_at
        return is_recorded and (self.voided_at is None or self.voided_at > known_at)


class StageTerms(FromADay, Base):
    """What a stage is called, when a card stands still there, and how many it should hold."""

    __tablename__ = "stage_terms"

    id: Mapped[Id]
    stage_id: Mapped[int] = mapped_column(sa.ForeignKey("stages.id"), index=True)
    label_nb: Mapped[str]
    label_en: Mapped[str]
    stale_days: Mapped[int]
    soft_limit: Mapped[int | None]  # in a region that has none of its own


class StageLimit(FromADay, Base):
    """How many open cards a stage should hold in a region: 0 is no limit, none is as elsewhere."""

    __tablename__ = "stage_limits"
    __table_args__ = (sa.Index("ix_stage_limits_region_id", "region_id", "stage_id"),)

    id: Mapped[Id]
    stage_id: Mapped[int] = mapped_column(sa.ForeignKey("stages.id"))
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"))
    soft_limit: Mapped[int | None]


class Idea(Recorded, Base):
    """The card: one row from first sighting to the market.

    Stage, status, sharing and next step are kept here for speed; they are written together
    with the facts that they come from, and `flask check` compares the two.
    """

    __tablename__ = "ideas"
    __table_args__ = (
        sa.UniqueConstraint("region_id", "stage_id", "position"),
        # What the board reads, and behind it all that its text filter asks about, so that the
        # filter reads this and not the table. Beside a shorter one SQLite would choose that.
        sa.Index(
            "ix_ideas_search",
            "region_id",
            "status",
            "stage_id",
            "position",
            "search_key",
            "archived_on",
            "id",
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
        sa.Index("ix_ideas_changed", "region_id", "last_change_id"),
        sa.Index("ix_ideas_title", "region_id", "title_key"),
        # It holds all that figures are counted from, so that a count reads the index and not
        # the table, where the ideas of a region lie scattered among those of all.
        sa.Index(
            "ix_ideas_registered",
            "region_id",
            "registered_on",
            "id",
            "voided_at",
            "municipality_id",
            "company_id",
            "owner_id",
            "owner_name",
            "is_shared",
        ),
    )

    id: Mapped[Id]
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"))
    municipality_id: Mapped[int | None] = mapped_column(sa.ForeignKey("municipalities.id"))
    company_id: Mapped[int | None] = mapped_column(sa.ForeignKey("companies.id"), index=True)
    founder_contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contacts.id"))
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    owner_name: Mapped[str | None]  # an owner from a list who is no user
    title: Mapped[str]
    title_key: Mapped[str]
    search_key: Mapped[str]  # folded title, company and owner, for the board's text filter
    problem: Mapped[str | None]
    description: Mapped[str | None]
    registered_on: Mapped[date]

    stage_id: Mapped[int] = mapped_column(sa.ForeignKey("stages.id"))
    stage_on: Mapped[date]
    status: Mapped[Status] = enum_column(Status, "status")
    status_on: Mapped[date]
    latest_on: Mapped[date]  # the day of the latest standing fact: nothing new may be before it
    position: Mapped[int | None] = mapped_column(sa.BigInteger)
    is_shared: Mapped[bool] = mapped_column(default=False)
    archived_on: Mapped[date | None]  # no longer on today's board; its facts count as before
    next_step: Mapped[str | None]
    next_step_on: Mapped[date | None]
    deadline_on: Mapped[date | None]

    launched_what: Mapped[str | None]
    first_sale_planned_on: Mapped[date | None]
    last_change_id: Mapped[int] = mapped_column(sa.ForeignKey("changes.id"))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class StageEvent(Fact, Base):
    """A card came to stand in a stage on a day. Voided when wrong, never changed."""

    __tablename__ = "stage_events"
    __table_args__ = (
        # The course of ideas is read from this alone.
        sa.Index(
            "ix_stage_events_course",
            "idea_id",
            "occurred_on",
            "nth",
            "stage_id",
            "id",
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
        sa.Index(
            "uq_stage_events_nth",
            "idea_id",
            "occurred_on",
            "nth",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
        # When a region's ideas came to a stage, without asking each of them.
        sa.Index(
            "ix_stage_events_region",
            "region_id",
            "stage_id",
            "occurred_on",
            "idea_id",
            "nth",
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
        sa.Index("ix_stage_events_stage_day", "stage_id", "occurred_on"),
        sa.CheckConstraint("nth >= 1", name="nth_positive"),
    )

    id: Mapped[Id]
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("ideas.id"))
    # That of the idea; SQLite can add a column to a table only where it may be empty.
    region_id: Mapped[int | None] = mapped_column(sa.ForeignKey("regions.id"))
    stage_id: Mapped[int] = mapped_column(sa.ForeignKey("stages.id"))
    nth: Mapped[int]  # order within the day; where a card came from is the event before it
    is_estimated: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str | None]


class StatusEvent(Fact, Base):
    """A card was opened, parked, stopped or launched on a day."""

    __tablename__ = "status_events"
    __table_args__ = (
        sa.Index(
            "ix_status_events_course",
            "idea_id",
            "occurred_on",
            "nth",
            "status",
            "id",
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
        sa.Index(
            "uq_status_events_nth",
            "idea_id",
            "occurred_on",
            "nth",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
        # What was stopped in a region, without asking each of its ideas.
        sa.Index(
            "ix_status_events_region",
            "region_id",
            "status",
            "occurred_on",
            "idea_id",
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
        sa.CheckConstraint("nth >= 1", name="nth_positive"),
        sa.CheckConstraint("status <> 'stopped' OR reason IS NOT NULL", name="stop_has_reason"),
    )

    id: Mapped[Id]
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("ideas.id"))
    region_id: Mapped[int | None] = mapped_column(sa.ForeignKey("regions.id"))  # as above
    status: Mapped[Status] = enum_column(Status, "status")
    nth: Mapped[int]
    look_again_on: Mapped[date | None]
    reason: Mapped[str | None]
    learnt: Mapped[str | None]


class SharingEvent(Fact, Base):
    """A card was shared with the partners, or its sharing was withdrawn."""

    __tablename__ = "sharing_events"
    __table_args__ = (sa.CheckConstraint("nth >= 1", name="nth_positive"),)

    id: Mapped[Id]
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("ideas.id"), index=True)
    is_shared: Mapped[bool]
    nth: Mapped[int]


class IdeaFocusArea(Recorded, Base):
    """An idea belongs to a focus area of a programme."""

    __tablename__ = "idea_focus_areas"

    id: Mapped[Id]
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("ideas.id"), index=True)
    focus_area_id: Mapped[int] = mapped_column(sa.ForeignKey("focus_areas.id"), index=True)


class Tag(Base):
    """A word that the people of a region sort their ideas by."""

    __tablename__ = "tags"
    __table_args__ = (sa.UniqueConstraint("region_id", "name_key"),)

    id: Mapped[Id]
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"))
    name: Mapped[str]
    name_key: Mapped[str]  # folded, so that a word is one tag however it is written


class IdeaTag(Recorded, Base):
    """An idea has a tag."""

    __tablename__ = "idea_tags"
    __table_args__ = (
        sa.Index(
            "uq_idea_tags_standing",
            "idea_id",
            "tag_id",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("ideas.id"), index=True)
    tag_id: Mapped[int] = mapped_column(sa.ForeignKey("tags.id"), index=True)


class Comment(Recorded, Base):
    """What somebody said about an idea, in Markdown. Taken back, it is voided and its text kept."""

    __tablename__ = "idea_comments"

    id: Mapped[Id]
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("ideas.id"), index=True)
    body: Mapped[str]
    edited_at: Mapped[datetime | None]


class Mention(Recorded, Base):
    """A comment names a person, who is told of it by mail, once."""

    __tablename__ = "idea_mentions"

    id: Mapped[Id]
    comment_id: Mapped[int] = mapped_column(sa.ForeignKey("idea_comments.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))


class MentionStop(Recorded, Base):
    """A person wants no mail when a comment mentions them."""

    __tablename__ = "idea_mention_stops"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)


class LinkKind(StrEnum):
    """How an idea is tied to the other, said from the first of the two."""

    RELATED = "related"
    BUILDS_ON = "builds_on"
    DUPLICATE = "duplicate_of"


class IdeaLink(Recorded, Base):
    """An idea has to do with another one of its region."""

    __tablename__ = "idea_links"
    __table_args__ = (sa.CheckConstraint("idea_id <> other_id", name="two_ideas"),)

    id: Mapped[Id]
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("ideas.id"), index=True)
    other_id: Mapped[int] = mapped_column(sa.ForeignKey("ideas.id"), index=True)
    kind: Mapped[LinkKind] = enum_column(LinkKind, "kind")


class IdeaMerge(Recorded, Base):
    """What was said of an idea is said of another one since then, and its address leads there."""

    __tablename__ = "idea_merges"
    __table_args__ = (
        sa.Index(
            "uq_idea_merges_idea",
            "idea_id",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("ideas.id"))
    into_id: Mapped[int] = mapped_column(sa.ForeignKey("ideas.id"), index=True)
