"""The change that an import leaves, whatever its list holds."""

from dataclasses import replace

from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core.access import Actor, Via
from incubator.transfer.bulk import Source


def record_import(
    session: Session, actor: Actor, region_id: int, verb: str, source: Source
) -> Change:
    """Write the change of an import; what comes by the page is told apart from work by hand."""
    return audit.record(
        session,
        replace(actor, via=Via.IMPORT) if actor.via == Via.WEB else actor,
        verb,
        kind="import_run",
        region_id=region_id,
        note=source.name,
    )
