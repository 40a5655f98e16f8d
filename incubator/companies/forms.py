"""Forms of companies and contacts; `was_…` is what a form was filled from."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import Length, Optional

from incubator.companies.models import LegalBasis
from incubator.companies.operations import EDITABLE, OF_A_CONTACT
from incubator.companies.rules import SECTIONS
from incubator.core.forms import ChoiceField, DayField, Form

SECTION_LABELS = {
    "A": _l("Agriculture, forestry and fishing"),
    "B": _l("Mining and quarrying"),
    "C": _l("Manufacturing"),
    "D": _l("Electricity, gas and steam"),
    "E": _l("Water and waste"),
    "F": _l("Construction"),
    "G": _l("Wholesale and retail trade"),
    "H": _l("Transport and storage"),
    "I": _l("Hotels and restaurants"),
    "J": _l("Information and communication"),
    "K": _l("Finance and insurance"),
    "L": _l("Real estate"),
    "M": _l("Professional, scientific and technical services"),
    "N": _l("Administrative and support services"),
    "O": _l("Public administration and defence"),
    "P": _l("Education"),
    "Q": _l("Health and social work"),
    "R": _l("Arts, entertainment and recreation"),
    "S": _l("Other services"),
    "T": _l("Households as employers"),
    "U": _l("International organisations"),
}


class HeadsField(IntegerField):
    """How many people, also as 1 200."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = "".join((valuelist[0] if valuelist else "").split())
        self.data = None
        if text:
            if not text.isascii() or not text.isdigit() or len(text) > 7:
                raise ValueError(_l("Write a whole number."))
            self.data = int(text)


def section_choices() -> list[tuple[str, str]]:
    """List the sections of industry, each with its letter."""
    return [(letter, f"{letter} – {SECTION_LABELS[letter]}") for letter in SECTIONS]


class CompanyForm(Form):
    """What is known of a company."""

    name = StringField(_l("Name"), [Length(max=200)])
    orgnr = StringField(_l("Organisation number"), [Length(max=30)])
    municipality_id = ChoiceField(_l("Municipality"))
    industry_code = StringField(_l("Industry code"), [Length(max=10)])
    industry_section = SelectField(_l("Industry"), default="")
    employees = HeadsField(_l("Employees"), [Optional()])
    founded_on = DayField(_l("Founded"), [Optional()])
    was_name = HiddenField()
    was_orgnr = HiddenField()
    was_municipality_id = HiddenField()
    was_industry_code = HiddenField()
    was_industry_section = HiddenField()
    was_employees = HiddenField()
    was_founded_on = HiddenField()
    is_another = HiddenField()

    def answers(self) -> dict[str, Any]:
        """Give what stands in the form; None is what is not known."""
        return {field: _written(self[field].data) for field in EDITABLE}

    def original(self) -> dict[str, Any]:
        """Give what the form was filled from."""
        return {field: _read(field, self[f"was_{field}"].data or "") for field in EDITABLE}


def _written(value: Any) -> Any:
    return " ".join(value.split()) or None if isinstance(value, str) else value


def _read(field: str, text: str) -> Any:
    if not text:
        return None
    if field in ("municipality_id", "employees"):
        return int(text) if text.isascii() and text.isdigit() else None
    if field == "legal_basis":
        return LegalBasis(text) if text in BASES else None
    if field in ("founded_on", "review_on"):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    return text


BASES: dict[str, Any] = {
    "": "–",
    LegalBasis.LEGITIMATE_INTEREST.value: _l("Legitimate interest (article 6 f)"),
    LegalBasis.PUBLIC_TASK.value: _l("Public task (article 6 e)"),
    LegalBasis.AGREEMENT.value: _l("Agreement (article 6 b)"),
    LegalBasis.CONSENT.value: _l("Consent (article 6 a)"),
    LegalBasis.LEGAL_DUTY.value: _l("Legal duty (article 6 c)"),
}


class ContactForm(Form):
    """A person at a company."""

    name = StringField(_l("Name"), [Length(max=200)])
    title = StringField(_l("Role or title"), [Length(max=200)])
    telephone = StringField(_l("Telephone"), [Length(max=40)])
    email = StringField(_l("E-mail"), [Length(max=254)])
    purpose = StringField(_l("What it is kept for"), [Length(max=300)])
    legal_basis = SelectField(
        _l("Legal basis"),
        choices=[SelectChoice(value, label) for value, label in BASES.items()],
        default="",
    )
    source = StringField(_l("Where it comes from"), [Length(max=300)])
    review_on = DayField(_l("Look at again on"), [Optional()])
    was_name = HiddenField()
    was_title = HiddenField()
    was_telephone = HiddenField()
    was_email = HiddenField()
    was_purpose = HiddenField()
    was_legal_basis = HiddenField()
    was_source = HiddenField()
    was_review_on = HiddenField()

    def answers(self) -> dict[str, Any]:
        """Give what stands in the form; None is what is not known."""
        found = {field: _written(self[field].data) for field in OF_A_CONTACT}
        basis = found["legal_basis"]
        return {**found, "legal_basis": LegalBasis(basis) if basis else None}

    def original(self) -> dict[str, Any]:
        """Give what the form was filled from."""
        return {field: _read(field, self[f"was_{field}"].data or "") for field in OF_A_CONTACT}


class MoveContactForm(Form):
    """Where a person works from now on."""

    company_name = StringField(_l("Company"), [Length(max=200)])
