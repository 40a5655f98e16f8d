"""An administrator, and the mail that leaves."""

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.mail.models import Message
from tests import make


@pytest.fixture
def admin(clock, client, session):
    return client.sign_in(make.user(session, Role.ADMIN, name="Astrid Admin"))


@pytest.fixture
def letters(session):
    """Give what reads the outbox."""
    return lambda: list(session.scalars(sa.select(Message).order_by(Message.id)))
