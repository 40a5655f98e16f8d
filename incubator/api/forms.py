"""The forms on which tokens and webhooks are made."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectMultipleField, StringField
from wtforms.validators import Length

from incubator.api.scopes import Scope
from incubator.core.forms import DayField, Form


class KeyForm(Form):
    """What a token is for, what it may, and until when."""

    name = StringField(_l("What is it for?"), [Length(max=100)])
    scopes = SelectMultipleField(_l("What it may"), coerce=Scope)
    region_ids = SelectMultipleField(_l("Only in these regions"), coerce=int)
    expires_on = DayField(_l("Last day"))
    seen = HiddenField()


class WebhookForm(Form):
    """Who is told of changes."""

    url = StringField(_l("Address"), [Length(max=500)])
    seen = HiddenField()
