"""Write the visits of an archive, and which ideas came of them."""

from typing import Any

import sqlalchemy as sa

from incubator.core.texts import fold
from incubator.reference.models import Organisation
from incubator.transfer.archive.bulk import ArchiveWork, Ids
from incubator.transfer.archive.fresh import Fresh, links
from incubator.transfer.archive.plan import ArchivePlan
from incubator.transfer.archive.reading import Line
from incubator.visits.models import Visit, VisitIdea, VisitKind


def write_visits(
    work: ArchiveWork,
    plan: ArchivePlan,
    fresh: Fresh,
    company_ids: Ids,
    idea_ids: Ids,
    organisation_id: int | None,
) -> None:
    known = {
        row[0]: row[1]
        for row in work.session.execute(sa.select(Organisation.name_key, Organisation.id))
    }
    made = work.write(Visit, [
        {
            "region_id": work.region_id,
            "municipality_id": work.place(line),
            "organisation_id": known.get(fold(line["organisasjon"] or ""), organisation_id),
            "company_id": company_ids[line["bedrift_nr"]],
            **_visitor(work, line),
            "kind": VisitKind(line["type"]),
            "occurred_on": line["dato"],
            "about": line["om"],
            "needs": line["behov"],
            "is_shared": work.may_share and bool(line["delt"]),
            **work.stamp,
        }
        for line in fresh.visits
    ])  # fmt: skip
    ids = {line["besøk_nr"]: one for line, one in zip(fresh.visits, made, strict=True)}
    pairs = links(plan.listed.archive["besok_ideer"], ids, idea_ids, "besøk_nr", "idé_nr")
    work.insert(VisitIdea, [
        {"visit_id": one, "idea_id": idea_id, **work.stamp} for one, idea_id in pairs
    ])  # fmt: skip


def _visitor(work: ArchiveWork, line: Line) -> dict[str, Any]:
    user_id = work.person(line["besøkende_epost"], line["besøkende"])
    return {"visitor_id": user_id, "visitor_name": None if user_id else line["besøkende"]}
