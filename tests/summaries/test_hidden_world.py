"""Two worlds that differ in a hidden count alone: all that a partner gets is the same, in bytes."""

import io
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from incubator.core.access import command_line
from incubator.core.links import Place
from incubator.summaries import files, letter, operations, package, queries
from incubator.summaries.models import Cadence
from tests import make

ME = command_line()
PLACE = Place("https://loypa.example.no", "a secret of the test")

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], scope="session")


def happens(session, day, times):
    """Let each kind of thing happen so many times on a day."""
    for _ in range(times):
        company = make.company(session)
        idea = make.ripe_idea(session, company_id=company.id, on=day)
        make.move(session, idea, "case", day)
        make.visit(session, company_id=company.id, occurred_on=day)
        make.jobs(session, company_id=company.id, on=day, number=Decimal(2))


def told(session, clock, programme, counts, hidden, cadence):
    """Give all that a partner gets in half a year where one month has a hidden count."""
    with session.begin_nested() as world:
        partner = operations.make_partner(
            session, ME, organisation_id=make.organisation(session, "Åmot kommune").id,
            region_id=make.region(session).id, hides_small=True, cadence=cadence,
        )  # fmt: skip
        operations.add_recipient(
            session, ME, partner, name="Nils", email="nils@amot.example", locale="nb"
        )
        [about] = queries.agreements(session, partner_id=partner.id)
        for metric in ("ideas_registered", "cases_opened", "company_visits", "jobs_created"):
            make.goal(session, metric, target=12, from_on=date(2026, 1, 1), of=programme)
        found = []
        for month, times in enumerate(counts, 1):
            clock.set(datetime(2026, month, 20, 8, tzinfo=UTC))
            happens(session, date(2026, month, 10), hidden if times is None else times)
            clock.set(datetime(2026, month + 1, 5, 8, tzinfo=UTC))
            summary = operations.build_one(session, ME, date(2026, month, 1), about)
            if summary is None:
                continue
            operations.approve(session, ME, about, summary, PLACE)
            found.append(everything(session, summary, about))
        world.rollback()
    return found


def everything(session, summary, about):
    mail = letter.write(summary, None, "nb", site="", stop_url="")
    content = package.build(session, summary, about, with_addresses=False)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        packed = {name: parts.read(name) for name in parts.namelist() if name != "utsending.csv"}
    words = [re.sub(r"/rapporter/\d+", "", part) for part in (mail.subject, mail.text, mail.html)]
    kept = [(one.name, one.content) for one in files.frozen(session, summary.id)]
    return {"words": words, "contents": summary.contents, "package": packed, "files": kept}


@pytest.mark.parametrize(
    "counts, cadence",
    [
        ((3, None, 4, 1), Cadence.MONTHLY),  # the total passes five and ten at the hidden one
        ((None, 3, 0, 4), Cadence.MONTHLY),
        ((4, 4, 0, 0, None, 0), Cadence.QUARTERLY),
    ],
)
def test_nothing_that_a_partner_gets_depends_on_a_hidden_count(session, clock, counts, cadence):
    clock.set(datetime(2026, 1, 2, 8, tzinfo=UTC))
    programme = make.programme(session, region_ids=[make.region(session).id])
    one, two = (told(session, clock, programme, counts, hidden, cadence) for hidden in (1, 2))
    assert len(one) == len(two) >= 2
    for first, second in zip(one, two, strict=True):
        assert first["words"] == second["words"]
        assert first["contents"] == second["contents"]
        assert first["files"] == second["files"]
        assert first["package"] == second["package"]
    assert any("minst 5" in part for month in one for part in month["words"])
