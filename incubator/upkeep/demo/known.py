"""The companies that have been entered so far."""

from incubator.audit import operations as audit
from incubator.companies import operations as companies
from incubator.companies.models import Company
from incubator.core.access import Actor
from incubator.upkeep.demo.firms import Firm
from incubator.upkeep.demo.world import World

LATIN = str.maketrans({"æ": "ae", "ø": "o", "å": "a"})


class Companies:
    """The companies that have been entered so far, made when they are first heard of."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._made: dict[str, Company] = {}

    def get(self, firm: Firm, actor: Actor) -> Company:
        """Give the company of a firm; entered on the spot, with its contact, if it is new."""
        if firm.name not in self._made:
            self._made[firm.name] = self._make(firm, actor)
        return self._made[firm.name]

    def _make(self, firm: Firm, actor: Actor) -> Company:
        session = self._world.session
        change = audit.record(session, actor, "company.added", kind="company")
        company = companies.add_company(
            session,
            change,
            name=firm.name,
            orgnr=firm.orgnr if firm.has_orgnr_at_once else None,
            municipality_id=self._world.municipalities[firm.municipality].id,
            industry_code=firm.industry_code,
            industry_section=firm.industry_section,
            founded_on=firm.founded_on,
            employees=firm.employees,
        )
        companies.add_contact(
            session,
            change,
            name=firm.contact,
            company_id=company.id,
            title=firm.contact_title,
            email=f"post@{company.match_key.translate(LATIN)}.example",
        )
        change.subject_id = company.id
        return company
