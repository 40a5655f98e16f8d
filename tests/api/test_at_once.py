"""The same request from several at once, with one key, is done once."""

from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.api.models import KeptAnswer
from incubator.core import db
from incubator.ideas.models import Idea
from tests import make
from tests.api.conftest import key_of

TIMES = 8


def test_of_many_at_once_with_one_key_one_is_done(alone):
    with alone.app_context(), db.unit_of_work() as work:
        make.region(work)
        secret = key_of(work, make.user(work, Role.DEVELOPER))
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "once"}

    def ask(_nth):
        answer = alone.test_client().post(
            "/api/v1/ideas", json={"title": "Flis", "company_name": "Ny AS"}, headers=headers
        )
        return answer.status_code, answer.data

    with ThreadPoolExecutor(TIMES) as people:
        answers = set(people.map(ask, range(TIMES)))
    assert len(answers) == 1, answers
    assert next(iter(answers))[0] == 201
    with db.reading() as session:
        for table in (Idea, KeptAnswer):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 1
