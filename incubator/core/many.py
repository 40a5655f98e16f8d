"""Write many rows in as many statements as a few.

What a session holds pending it writes row by row, at least on SQLite. Here each table is written
to once, however many rows are new or altered.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from incubator.core.db import Base, flush, telling_who_was_first

WRITTEN = "written"  # where a session keeps what was written so: rows, and what of old ones
_WHICH, _SEEN = "which_row", "seen_version"


def write_many(session: Session) -> None:
    """Write what is pending: one statement for each table of which several rows are.

    The session does not hold such new rows afterwards; who needs their numbers asks for them.
    Raises Stale as `flush` does.
    """
    new = _by_table(list(session.new))
    for rows in new.values():
        for row in rows:
            session.expunge(row)
    with telling_who_was_first(session):
        for table, rows in _by_table(list(session.dirty)).items():
            _update(session, table, rows)
    flush(session)
    with telling_who_was_first(session):
        for table, rows in new.items():
            session.connection().execute(sa.insert(table), [_values(row) for row in rows])
            session.info.setdefault(WRITTEN, []).append((rows, None))
    if WRITTEN in session.info:
        # Whoever follows what is written has not seen these: there was no flush of them.
        session.dispatch.after_flush_postexec(session, None)


def _by_table(rows: Sequence[Any]) -> dict[sa.Table, list[Any]]:
    """Sort rows by table, those first that others point to; single ones are left out."""
    found: dict[sa.Table, list[Any]] = {table: [] for table in Base.metadata.sorted_tables}
    for row in rows:
        found[type(row).__table__].append(row)
    return {table: those for table, those in found.items() if len(those) > 1}


def _values(row: Any) -> dict[str, Any]:
    state = sa.inspect(row)
    return {
        one.key: state.dict[one.key] for one in state.mapper.column_attrs if one.key in state.dict
    }


def _update(session: Session, table: sa.Table, rows: Sequence[Any]) -> None:
    """Write whatever is new of any of the rows, of all of them."""
    mapper = sa.inspect(rows[0]).mapper
    touched = {name for row in rows for name in sa.inspect(row).committed_state}
    altered = sorted(touched & {one.key for one in mapper.column_attrs})
    if not altered:
        return
    version = mapper.version_id_col
    where = [table.c.id == sa.bindparam(_WHICH)]
    values: dict[str, Any] = {name: sa.bindparam(name) for name in altered}
    if version is not None:
        where.append(version == sa.bindparam(_SEEN))
        values[version.name] = version + 1
    written = [
        {
            _WHICH: row.id,
            **({_SEEN: getattr(row, version.name)} if version is not None else {}),
            **{name: getattr(row, name) for name in altered},
        }
        for row in rows
    ]
    done = session.connection().execute(sa.update(table).where(*where).values(values), written)
    if done.rowcount != len(rows):
        raise StaleDataError("somebody else wrote to one of the rows")
    session.info.setdefault(WRITTEN, []).append((rows, frozenset(altered)))
    for row in rows:
        for name in altered:
            set_committed_value(row, name, getattr(row, name))
        if version is not None:
            set_committed_value(row, version.name, getattr(row, version.name) + 1)


def count_rows_anew(work: Session) -> None:
    """Tell PostgreSQL how large the tables have become, after much came in one transaction.

    It does so itself within a minute of the commit, and until then may plan a query as if
    nothing had come: one of a tenth of a second then takes many. SQLite plans otherwise.
    """
    work.flush()
    if work.get_bind().dialect.name != "sqlite":
        # Ours alone: the server's own tables may be locked by whoever does this elsewhere.
        work.execute(sa.text(f"ANALYZE {', '.join(sorted(Base.metadata.tables))}"))
