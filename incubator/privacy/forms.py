"""What confirms an erasure."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from incubator.core.forms import Form

MOST_SPELLINGS = 20


class EraseForm(Form):
    """The name, written once more, and other ways in which the person is named."""

    name = StringField(_l("Write the name to confirm"), [Length(max=200)])
    more = TextAreaField(_l("Other spellings, one a line"), [Length(max=2000)])

    def spellings(self) -> list[str]:
        """Give the other spellings."""
        lines = (line.strip() for line in (self.more.data or "").splitlines())
        return [line for line in lines if line][:MOST_SPELLINGS]
