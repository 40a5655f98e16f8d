"""What the log of changes calls the fields of things."""

from flask_babel import lazy_gettext as _l

from incubator.admin.number_words import LABELS

SETTINGS = {
    **LABELS,
    "mail_server": _l("Mail server"),
    "mail_port": _l("Port"),
    "mail_security": _l("Encryption"),
    "mail_username": _l("User name"),
    "mail_password": _l("Password"),
    "mail_sender": _l("Sender"),
    "mail_reply_to": _l("Answers go to"),
    "strong_roles": _l("These need more than a password"),
}
FIELDS = {
    "admitted_on": _l("Admitted"),
    "amount_nok": _l("Amount (NOK)"),
    "cadence": _l("How often"),
    "company_id": _l("Company"),
    "deadline_on": _l("Deadline"),
    "description": _l("Description"),
    "done_on": _l("Done"),
    "due_on": _l("Due"),
    "email": _l("E-mail"),
    "ends_on": _l("Last day"),
    "first_sale_planned_on": _l("First sale planned"),
    "focus_areas": _l("Focus areas"),
    "from_on": _l("First day"),
    "granted_nok": _l("Granted"),
    "hides_small": _l("Small counts are not told"),
    "instrument_id": _l("Funding scheme"),
    "is_shared": _l("Shared"),
    "kind": _l("Kind"),
    "label_en": _l("Name in English"),
    "label_nb": _l("Name in bokmål"),
    "launched_what": _l("What is launched"),
    "locale": _l("Language"),
    "metric": _l("Figure"),
    "municipalities": _l("Municipalities"),
    "municipality_id": _l("Municipality"),
    "name": _l("Name"),
    "note": _l("Note"),
    "number": _l("Number"),
    "occurred_on": _l("Day"),
    "operator_id": _l("Operator"),
    "organisation_id": _l("Organisation"),
    "orgnr": _l("Organisation number"),
    "owner_id": _l("Owner"),
    "planned_on": _l("Planned"),
    "problem": _l("Problem"),
    "reason": _l("Reason"),
    "regions": _l("Regions"),
    "report_due_on": _l("Report due"),
    "responsible_id": _l("Responsible"),
    "role": _l("Role"),
    "soft_limit": _l("Limit"),
    "sought_nok": _l("Sought"),
    "source": _l("Source"),
    "stage": _l("Stage"),
    "stale_days": _l("Stands still after"),
    "starts_on": _l("First day"),
    "status": _l("Status"),
    "tags": _l("Tags"),
    "target": _l("Target"),
    "title": _l("Title"),
    "to_on": _l("Last day"),
    "unit": _l("Unit"),
    "value": _l("Value"),
    "what": _l("What"),
}


def field_words(kind: str, field: str) -> str:
    """Name a field as its page does; one without words has its own name."""
    if kind == "setting":
        return str(SETTINGS.get(field, field))
    return str(FIELDS.get(field, field))
