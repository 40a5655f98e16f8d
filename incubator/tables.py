"""Imports every model, so that the metadata is complete for migrations and checks."""

from incubator.accounts import models as accounts
from incubator.api import models as api
from incubator.audit import models as audit
from incubator.background import models as background
from incubator.companies import models as companies
from incubator.core.db import Base
from incubator.followups import models as followups
from incubator.funding import models as funding
from incubator.goals import models as goals
from incubator.ideas import models as ideas
from incubator.incubation import models as incubation
from incubator.jobs import models as jobs
from incubator.mail import models as mail
from incubator.meetings import models as meetings
from incubator.pipeline import models as pipeline
from incubator.reference import models as reference
from incubator.search import models as search
from incubator.summaries import models as summaries
from incubator.transfer import models as transfer
from incubator.upkeep import models as upkeep
from incubator.visits import models as visits

ROOMS = (
    audit, mail, reference, accounts, companies, ideas, followups,
    incubation, funding, jobs, visits, background, meetings, pipeline, search, goals,
    summaries, transfer, upkeep, api,
)  # fmt: skip
metadata = Base.metadata
