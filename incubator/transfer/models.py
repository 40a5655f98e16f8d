"""Imports: what was loaded, and the identity of each row of the list."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, UserKey, enum_column, mapped_column


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


class State(StrEnum):
    """How far a file has come on its way from a browser into a region."""

    READING = "reading"  # waits to be read, or is being read
    COLUMNS = "columns"  # which column is which must be said first
    READY = "ready"  # its preview can be looked at
    IMPORTING = "importing"  # waits to be imported, or is being imported
    DONE = "done"
    REFUSED = "refused"


class ImportUpload(Base):
    """A file from its upload to its import, and what was found in it; gone after a day.

    The file itself goes as soon as it is imported. Whoever works on one holds `claim`, and writes
    down when they were last seen; nobody else's word counts while it stands.
    """

    __tablename__ = "import_uploads"
    __table_args__ = (sa.Index("ix_import_uploads_waiting", "state", "asked_at"),)

    id: Mapped[Id]
    user_id: Mapped[UserKey]
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"))
    file_name: Mapped[str]
    content: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    file_sha256: Mapped[str]
    locale: Mapped[str]  # the language in which the rows are explained
    said: Mapped[str | None]  # the kind of list, where its user said it
    sheet: Mapped[str | None]  # the one that was chosen
    mapping: Mapped[str | None]
    is_large: Mapped[bool]
    uploaded_at: Mapped[datetime]
    state: Mapped[State] = enum_column(State, "state")
    asked_at: Mapped[datetime]  # when it came to wait for what its state says
    claim: Mapped[str | None]
    seen_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    rows_done: Mapped[int] = mapped_column(default=0)
    rows_total: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None]  # a code with details, as JSON
    holds: Mapped[str | None]  # the kind of list that it was read as
    is_remembered: Mapped[bool] = mapped_column(default=False)
    sheets: Mapped[str | None]  # of a workbook with several, as JSON
    found: Mapped[str | None]  # what the preview says above its rows, as JSON
    to_mend: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("import_runs.id"), index=True)


class ImportPage(Base):
    """A page of the preview of a file: a hundred rows, all of them or those of one outcome."""

    __tablename__ = "import_pages"

    upload_id: Mapped[int] = mapped_column(sa.ForeignKey("import_uploads.id"), primary_key=True)
    outcome: Mapped[str] = mapped_column(primary_key=True)  # blank: all rows
    nth: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[str]
