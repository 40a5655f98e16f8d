"""Nothing that is confidential stands in any byte of a report.

Every text of the demo but the few that may be told becomes a word that stands nowhere else. Then
the reports of every partner are built, corrected, approved and sent, in both languages, and all
that came of it is searched: headers and decoded parts of the mail, text and metadata of the PDF,
every chunk of the pictures, the packages for the archive, and the pages that partners see.
"""

import html
import io
import re
import struct
import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

import config
from incubator import worker
from incubator.accounts.models import Role
from incubator.core.access import command_line
from incubator.core.db import Base
from incubator.core.errors import RuleBroken
from incubator.core.links import Place
from incubator.goals.metrics import METRICS
from incubator.ideas.models import Idea
from incubator.mail.models import Attempt
from incubator.pipeline.undo import undo_change
from incubator.reference import queries as reference
from incubator.reference.models import Region
from incubator.summaries import operations, queries
from incubator.summaries.building import NEWS
from incubator.visits.models import Visit
from tests import make

ME = command_line()
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
PLACE = Place("https://loypa.example.no", "a secret of the test")
# What may be told, what leads to nobody, and what the program decides by. A table or a column
# that is not named here is confidential, also one that is still to come.
OPEN_TABLES = frozenset(
    "background_series background_figures heartbeats mail_files mail_attachments messages "
    "municipalities organisations scheduled_runs sign_in_attempts stages instruments regions "
    "focus_areas programme_areas calendar_feeds goals import_uploads import_pages import_runs "
    "import_rows import_visit_rows summary_partners summaries summary_recipients summary_files "
    "summary_rows "
    "changes change_values alembic_version settings search_entries".split()
)
OPEN_COLUMNS = frozenset(
    "programmes.name programmes.name_key users.password users.fs_uniquifier users.locale "
    "users.email companies.industry_code companies.industry_section companies.orgnr "
    "incubations.phase visits.client_key".split()
)
MARK = re.compile(r"qzx\d+x\d+xzq", re.IGNORECASE)
ORGNR = re.compile(r"\b[23]\d{8}\b")

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], scope="session")


def confidential():
    """List the columns whose words may not be told."""
    for table in Base.metadata.sorted_tables:
        if table.name in OPEN_TABLES:
            continue
        for column in table.columns:
            is_text = isinstance(column.type, sa.Text) and not isinstance(column.type, sa.Enum)
            if is_text and f"{table.name}.{column.name}" not in OPEN_COLUMNS:
                yield table, column


def mark_everything(session):
    """Put a word of its own into every confidential field; give how many there are."""
    shared = set(session.scalars(sa.select(Idea.id).where(Idea.is_shared)))
    marked = 0
    for nth, (table, column) in enumerate(confidential()):
        word = sa.literal(f"Qzx{nth}x") + sa.cast(table.c.id, sa.Text) + sa.literal("xzq")
        change = sa.update(table).values({column.name: word}).where(column.isnot(None))
        if (table.name, column.name) == ("ideas", "title"):
            change = change.where(table.c.id.not_in(shared))
        marked += session.connection().execute(change).rowcount
    session.expire_all()
    return marked


def values_in(node, seen):
    """List every string in the objects of a PDF: metadata, alternative texts, names, links."""
    if isinstance(node, IndirectObject):
        if node.idnum in seen:
            return
        seen.add(node.idnum)
        node = node.get_object()
    if isinstance(node, DictionaryObject):
        for key, value in node.items():
            yield str(key)
            yield from values_in(value, seen)
        if hasattr(node, "get_data"):
            yield node.get_data().decode("latin-1")
    elif isinstance(node, ArrayObject):
        for value in node:
            yield from values_in(value, seen)
    else:
        yield str(node)


def texts_in(name, content, once):
    """Give all that can be read in a file, whatever it is: (where, text); each file once."""
    yield name, name
    if content in once:
        return
    once.add(content)
    yield f"{name} raw", content.decode("latin-1")
    if content.startswith(b"%PDF"):
        found = PdfReader(io.BytesIO(content))
        yield f"{name} text", " ".join(page.extract_text() for page in found.pages)
        yield f"{name} objects", " ".join(values_in(found.trailer, set()))
    elif content.startswith(b"\x89PNG"):
        at = 8
        while at < len(content):
            length, kind = struct.unpack(">I4s", content[at : at + 8])
            assert kind in (b"IHDR", b"pHYs", b"IDAT", b"IEND"), f"{name} carries {kind!r}"
            at += 12 + length
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            for part in package.infolist():
                assert not part.comment and not part.extra
                yield from texts_in(f"{name}/{part.filename}", package.read(part), once)
    else:
        text = content.decode("utf-8")
        yield f"{name} decoded", unquote(html.unescape(text))


def texts_of_mail(name, content, once):
    letter = message_from_bytes(content, policy=policy.default)
    yield f"{name} raw", content.decode("latin-1")
    for part in letter.walk():
        yield f"{name} headers", "\n".join(f"{key}: {value}" for key, value in part.items())
        if not part.is_multipart():
            inner = part.get_payload(decode=True)
            yield from texts_in(
                f"{name}/{part.get_filename() or part.get_content_type()}", inner, once
            )


def leaks(texts):
    """List the marks that were found, but for what our own people are called in their own mail."""
    ours = next(n for n, (_, column) in enumerate(confidential()) if str(column) == "users.name")
    found = [(where, mark) for where, text in texts for mark in MARK.findall(text)]
    return [
        (where, mark) for where, mark in found
        if not (".eml" in where and mark.lower().startswith(f"qzx{ours}x"))
    ]  # fmt: skip


@pytest.fixture
def settings(tmp_path):
    return config.load({"INSTANCE": str(tmp_path), "PUBLIC_URL": PLACE.site})


def regions_of(session):
    return session.scalars(sa.select(Region).order_by(Region.id).limit(2)).all()


def agree_on_everything(session):
    """Let each region, and a municipality of each, have a partner with readers of two languages."""
    for agreement in queries.agreements(session):
        operations.end_partner(session, ME, agreement.partner)
    for region in regions_of(session):
        member = reference.municipalities_of(session, region.id)[0][0]
        for places, hides in (((), False), ((member,), False), ((), True)):
            partner = operations.make_partner(
                session, ME, organisation_id=make.organisation(session, "Deleverket").id,
                region_id=region.id, municipality_ids=places, hides_small=hides,
                case_number="26/114",
            )  # fmt: skip
            for locale in ("nb", "en"):
                operations.add_recipient(
                    session, ME, partner, name="Leser", email=f"{locale}@deler.example",
                    locale=locale,
                )  # fmt: skip


def tell(session, month):
    """Build and approve every report of a month."""
    told = operations.build_month(session, ME, month, queries.agreements(session))
    agreements = {one.partner.id: one for one in queries.agreements(session)}
    for summary in told:
        about = agreements[summary.partner_id]
        operations.comment(session, ME, about, summary, "Bare mellom oss")
    mark_everything(session)
    for summary in told:
        operations.approve(session, ME, agreements[summary.partner_id], summary, PLACE)
    return told


def change_september(session):
    """Take some visits of September back, and write down ideas of it that come late."""
    visits = session.scalars(
        sa.select(Visit.change_id)
        .where(Visit.occurred_on.between(SEPTEMBER, date(2026, 9, 30)), Visit.known())
        .order_by(Visit.id)
    ).all()
    for number in visits[:9]:
        with suppress(RuleBroken):  # something has come of it
            undo_change(session, ME, number)
    for region in regions_of(session):
        make.idea(session, on=date(2026, 9, 7), region_name=region.name)


def test_no_confidential_word_leaves(session, client, clock, settings, demo_world):
    clock.set(datetime(2026, 10, 1, 6, tzinfo=UTC))
    agree_on_everything(session)
    assert mark_everything(session) > 3000
    september = tell(session, SEPTEMBER)
    clock.set(datetime(2026, 11, 2, 6, tzinfo=UTC))
    change_september(session)
    october = tell(session, OCTOBER)
    assert len([one for one in october if one.contents["corrections"]]) >= 2
    digests = worker.queue_digests(settings)
    assert digests >= 2
    worker.send_waiting_mail(settings)
    session.execute(sa.update(Attempt).values(answer="Qzx99x1xzq"))

    letters = sorted((settings.instance / "outbox").iterdir())
    assert len(letters) >= 2 * len(september + october) == 24
    once = set()
    read = [text for one in letters for text in texts_of_mail(one.name, one.read_bytes(), once)]
    reader = make.user(
        session, Role.PARTNER, region_ids=[one.id for one in regions_of(session)],
        organisation_id=make.organisation(session, "Deleverket").id,
    )  # fmt: skip
    client.sign_in(reader)
    for nth, summary in enumerate((*october, *september[:3])):
        read += pages_of(client, summary, once, with_rows=nth < 3)
    assert leaks(read) == []
    numbers = set(session.scalars(sa.text("SELECT orgnr FROM companies WHERE orgnr IS NOT NULL")))
    assert numbers and not [
        where for where, text in read
        if not where.endswith(" raw") and numbers & set(ORGNR.findall(text))
    ]  # fmt: skip
    # What may be told is found in every kind of place that is searched.
    shared = next(one["title"] for s in october for one in s.contents["shared"])
    kinds = {where.rpartition(" ")[2] for where, text in read if shared in text}
    assert kinds >= {"decoded", "text"}
    assert any("26/114" in text for where, text in read if where.endswith(" objects"))


def pages_of(client, summary, once, *, with_rows):
    """Read what a partner can open of a report."""
    of = f"/rapporter/{summary.id}"
    ways = [of, f"{of}/pakke"]
    ways += [f"{of}/{form}/{lang}" for form in ("epost", "tekst", "pdf") for lang in ("nb", "en")]
    if with_rows:
        keys = [metric.key for metric in METRICS]
        ways += [f"{of}/perioden/{key}" for key in (*keys, *NEWS)]
        ways += [f"{of}/aret/{key}" for key in keys]
    for way in ways:
        answer = client.get(way)
        assert answer.status_code == 200, way
        yield from texts_in(way, answer.data, once)
        yield f"{way} headers", str(answer.headers)
