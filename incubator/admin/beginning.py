"""What an installation still lacks: the first steps of whoever sets it up, by the facts."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.goals.models import Goal
from incubator.ideas.models import Idea
from incubator.reference.models import Organisation, Programme, Region
from incubator.summaries.models import Recipient, Summary


@dataclass(frozen=True)
class Step:
    """Something to do, where, and how it shows that it is done; without `fact` it is asked apart.

    What can wait does not keep the list on the page.
    """

    key: str
    title: Any
    text: Any
    href: str
    fact: Any = None
    can_wait: bool = False


MAIL = "mail"
STEPS = (
    Step("organisation", _l("Make your organisation"),
         _l("People, regions and programmes belong to one. The funders can follow later."),
         "/oppsett/organisasjoner/ny", sa.select(Organisation.id)),
    Step("region", _l("Make the first region"),
         _l("The municipalities where you work together; the board is a region's."),
         "/oppsett/regioner/ny", sa.select(Region.id)),
    Step(MAIL, _l("Set up e-mail, and send a test mail"),
         _l("Without it invitations are shown here instead, for you to hand over."),
         "/oppsett/e-post", can_wait=True),
    Step("people", _l("Invite those you work with"),
         _l("They get a link, choose a password and are signed in."),
         "/oppsett/personer/ny", sa.select(User.id).where(User.active).offset(1)),
    Step("ideas", _l("Bring in the list of ideas that you have"),
         _l("From Excel or CSV. You see row by row what will happen before anything is written."),
         "/import", sa.select(Idea.id).where(Idea.known())),
    Step("programme", _l("Make a programme"),
         _l("What the work is funded for: owner, funders, period and places."),
         "/programmer/ny", sa.select(Programme.id)),
    Step("goal", _l("Set the programme's first goal"),
         _l("A figure, a target and a period; the board shows how far it has come."),
         "/programmer", sa.select(Goal.id).where(Goal.known())),
    Step("recipient", _l("Say who gets the monthly report"),
         _l("A partner with an agreement, and the people there who get the mail."),
         "/rapporter/mottakere", sa.select(Recipient.id).where(Recipient.known())),
    Step("report", _l("Build a report, and send it to yourself as a test"),
         _l("Nothing leaves for a partner before somebody has approved it."),
         "/rapporter", sa.select(Summary.id)),
)  # fmt: skip


@dataclass(frozen=True)
class Beginning:
    """The steps with whether each is done."""

    steps: tuple[tuple[Step, bool], ...]

    @property
    def is_over(self) -> bool:
        return all(is_done or step.can_wait for step, is_done in self.steps)

    @property
    def done(self) -> int:
        return sum(is_done for _step, is_done in self.steps)

    @property
    def next(self) -> Step | None:
        """Give what comes first of that which is left."""
        return next((step for step, is_done in self.steps if not is_done), None)


def first_steps(session: Session, *, has_mail: bool) -> Beginning:
    """Say which of the first steps are done, in one query."""
    asked = {step.key: step.fact for step in STEPS if step.fact is not None}
    row = session.execute(
        sa.select(*(sa.exists(fact.limit(1)).label(key) for key, fact in asked.items()))
    ).one()
    found = {**row._mapping, MAIL: has_mail}
    return Beginning(tuple((step, bool(found[step.key])) for step in STEPS))
