"""What the first version wrote comes up to this one, and says what it said then.

`tests/data/release_0_1` is a backup of that version, unzipped, and beside it in `told.json` the
figures that it gave. See docs/decisions/0040-first-version.md.
"""

import io
import json
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from incubator.core import migrations
from incubator.core.clock import Period
from incubator.core.scope import View
from incubator.goals import queries as goals
from incubator.reference.queries import list_regions
from incubator.summaries import queries as summaries
from incubator.summaries.models import Summary
from incubator.upkeep import backup, check
from incubator.upkeep.backup import Backup

FOLDER = Path(__file__).parents[1] / "data" / "release_0_1"
TOLD = json.loads((FOLDER / "told.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def first_version():
    """Give the backup as the first version wrote it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(FOLDER.rglob("*.*")):
            if path.name != "told.json":
                archive.write(path, str(path.relative_to(FOLDER)))
    return file


def rows_of(connection, folder):
    """Give every row that a database holds, by table, as a backup writes it."""
    file = io.BytesIO()
    backup.write(connection, file, folder)
    kept = Backup(file)
    return {table: list(kept.rows(table)) for table in kept.tables}


def read(name):
    """Give the rows of one table as the first version wrote them, by the names of its columns."""
    columns = json.loads((FOLDER / "manifest.json").read_text())["tables"][name]["columns"]
    with (FOLDER / "tables" / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [dict(zip(columns, json.loads(line), strict=True)) for line in lines]


def is_told_as_then(session):
    """Hold every figure, and every summary with its rows, against what the first version said."""
    regions = {region.name: region.id for region in list_regions(session)}
    for one in TOLD["figures"]:
        first, last = date.fromisoformat(one["from"]), date.fromisoformat(one["to"])
        known_at = one["known_at"] and datetime.fromisoformat(one["known_at"])
        scope = (regions[one["region"]],) if one["region"] else tuple(regions.values())
        now = goals.all_values(session, View(last, known_at, scope), Period(first, last))
        assert {key: str(now[key]) for key in one["values"]} == one["values"], one
    frozen = {each["id"]: each["contents"] for each in read("summaries")}
    kept = session.query(Summary).all()
    assert {each.id: each.contents for each in kept} == frozen
    behind = [len(summaries.rows_behind(session, each.id)) for each in kept]
    assert sum(behind) == len(read("summary_rows"))


def test_the_first_version_comes_up_says_what_it_said_and_goes_down_again(
    empty_database, first_version, tmp_path
):
    kept = Backup(first_version)
    assert kept.revision == TOLD["revision"]
    with empty_database.begin() as there:
        backup.restore(there, kept, hold_mail=False)  # into the tables of then, and upwards
        assert migrations.current(there) == migrations.newest()
    with empty_database.begin() as there:
        with Session(there) as session:
            assert list(check.broken(session)) == []
            is_told_as_then(session)
        migrations.downgrade(there, kept.revision)
        then = {table: list(kept.rows(table)) for table in kept.tables}
        assert rows_of(there, tmp_path) == then
