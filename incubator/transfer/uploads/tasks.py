"""What the worker does with large files: it reads them, and imports those that are to come in."""

import json
import logging
from collections.abc import Callable
from time import monotonic

from flask_babel import force_locale

from incubator.accounts.queries import actor_by_id
from incubator.core import clock, outages
from incubator.core.db import reading, unit_of_work
from incubator.core.errors import NotAllowed, Refusal, Stale
from incubator.core.sheets import SheetError
from incubator.transfer.bulk import Source
from incubator.transfer.headers import HeaderError
from incubator.transfer.kinds import KINDS
from incubator.transfer.models import State
from incubator.transfer.uploads import operations, queries
from incubator.transfer.uploads.looking import as_problem, look_over, read_entries
from incubator.transfer.uploads.operations import Claim, Overtaken

log = logging.getLogger("incubator.imports")
TOLD_EVERY = 1.0  # seconds


def take_up() -> bool:
    """Do one piece of the work that waits; False when there was none."""
    with reading() as session:
        if not queries.anything_waits(session, clock.now()):
            return False
    with unit_of_work() as session:
        claim = operations.claim_next(session)
    if claim is None:
        return False
    try:
        with force_locale(claim.locale):
            (_look if claim.state == State.READING else _bring_in)(claim)
    except Overtaken:
        log.info("file %s was taken up by somebody else, or let go", claim.upload_id)
    except Exception as error:  # what is wrong with one file must not keep it from the others
        if outages.is_passing(error):
            raise
        log.exception("file %s could not be taken in", claim.upload_id)
        _refuse(claim, _own("failed"))
    return True


def forget_uploads() -> None:
    """Let files of yesterday go."""
    with reading() as session:
        if not queries.anything_old(session, operations.is_old(session, clock.now())):
            return
    with unit_of_work() as session:
        operations.forget_uploads(session)


def _look(claim: Claim) -> None:
    try:
        looked = look_over(claim.asked, _teller(claim, "rows_done"), _teller(claim, "rows_total"))
    except (SheetError, HeaderError) as error:
        _refuse(claim, as_problem(error))
        return
    with unit_of_work() as session:
        operations.note_look(session, claim, looked)


def _bring_in(claim: Claim) -> None:
    kind = KINDS[claim.holds]
    try:
        with reading() as session:
            words = kind.words(session)
            actor = actor_by_id(session, claim.user_id)
        if actor is None:
            raise NotAllowed("sign_in")
        mapping = claim.asked.mapping
        entries = read_entries(claim.asked, kind, mapping, words, _teller(claim, "rows_done"))
        with unit_of_work() as session:
            operations.take_turn(session, claim)
            source = Source(claim.file_name, claim.file_sha256)
            done = kind.bring_in(session, actor, claim.asked.region_id, entries, source)
            operations.note_import(session, claim.upload_id, done.run.id if done.run else None)
    except (SheetError, HeaderError) as error:
        _refuse(claim, as_problem(error))
    except Stale:  # somebody changed the same in this moment
        with unit_of_work() as session:
            operations.release(session, claim)
    except Refusal as refusal:
        _refuse(claim, _own("refused", because=refusal.code))


def _own(code: str, **details: str) -> str:
    return json.dumps({"kind": "own", "code": code, "details": details})


def _refuse(claim: Claim, problem: str) -> None:
    with unit_of_work() as session:
        operations.note_refusal(session, claim, problem)


def _teller(claim: Claim, what: str) -> Callable[[int], None]:
    """Make what tells how far the work has come, now and then."""
    told_at = 0.0

    def tell(count: int) -> None:
        nonlocal told_at
        if monotonic() - told_at >= TOLD_EVERY:
            with unit_of_work() as session:
                operations.note_progress(session, claim, **{what: count})
            told_at = monotonic()

    return tell
