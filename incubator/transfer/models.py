"""Imports: what was loaded, and the identity of each row of the list."""

from datetime import datetime

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, UserKey, mapped_column


class ImportRun(Base):
    """One list that was imported into a region, as one change."""

    __tablename__ = "import_runs"

    id: Mapped[Id]
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"), index=True)
    change_id: Mapped[int] = mapped_column(sa.ForeignKey("changes.id"), unique=True)
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[UserKey]
    accepted: Mapped[int]
    rejected: Mapped[int]
    duplicates: Mapped[int]
    skipped: Mapped[int]


class ImportRow(Base):
    """A row of a list that became an idea; its identity stays though the idea is renamed."""

    __tablename__ = "import_rows"
    __table_args__ = (sa.Index("ix_import_rows_identity", "region_id", "title_key"),)

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("import_runs.id"), index=True)
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"))
    row_number: Mapped[int]
    title_key: Mapped[str]
    company_match_key: Mapped[str]
    orgnr: Mapped[str | None] = mapped_column(sa.String(9))
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("ideas.id"), index=True)


class ImportVisitRow(Base):
    """A row of a list that became a visit; it is known again though the visit is corrected.

    `source_key` is a digest of what the row says of day, kind and visitor: enough to know the row
    again, and no place from which a name would have to be erased.
    """

    __tablename__ = "import_visit_rows"
    __table_args__ = (sa.Index("ix_import_visit_rows_identity", "region_id", "source_key"),)

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("import_runs.id"), index=True)
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"))
    row_number: Mapped[int]
    source_key: Mapped[str] = mapped_column(sa.String(64))
    company_match_key: Mapped[str]
    orgnr: Mapped[str | None] = mapped_column(sa.String(9))
    visit_id: Mapped[int] = mapped_column(sa.ForeignKey("visits.id"), index=True)


class ImportListRow(Base):
    """A row of a list that became an application or a record of jobs; known again by a digest."""

    __tablename__ = "import_list_rows"
    __table_args__ = (sa.Index("ix_import_list_rows_identity", "region_id", "holds", "source_key"),)

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("import_runs.id"), index=True)
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"))
    row_number: Mapped[int]
    holds: Mapped[str]  # the kind of list, which says of which table the record is
    source_key: Mapped[str] = mapped_column(sa.String(64))
    company_match_key: Mapped[str]
    orgnr: Mapped[str | None] = mapped_column(sa.String(9))
    record_id: Mapped[int]


class ImportMapping(Base):
    """Which column is which in lists with these headers, as somebody of the region once said."""

    __tablename__ = "import_mappings"
    __table_args__ = (sa.UniqueConstraint("region_id", "holds", "headers_key"),)

    id: Mapped[Id]
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"))
    holds: Mapped[str]
    headers_key: Mapped[str] = mapped_column(sa.String(64))
    mapping: Mapped[str]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[UserKey]


class ImportUpload(Base):
    """A file between its preview and its import; swept away after a day."""

    __tablename__ = "import_uploads"

    id: Mapped[Id]
    user_id: Mapped[UserKey]
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"))
    file_name: Mapped[str]
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)
    holds: Mapped[str] = mapped_column(server_default="ideas")  # the kind of list
    is_guessed: Mapped[bool] = mapped_column(server_default=sa.false())  # by its headers
    mapping: Mapped[str | None]
    uploaded_at: Mapped[datetime]
