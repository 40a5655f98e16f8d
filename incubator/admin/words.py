"""What the settings call things."""

from flask_babel import lazy_gettext as _l

from incubator.reference.models import OrganisationKind

KIND_LABELS = {
    OrganisationKind.OPERATOR: _l("Incubator operator"),
    OrganisationKind.DEVELOPMENT: _l("Business development"),
    OrganisationKind.MUNICIPALITY: _l("Municipality"),
    OrganisationKind.COUNTY: _l("County"),
    OrganisationKind.FUNDER: _l("Funder"),
    OrganisationKind.NETWORK: _l("Network"),
    OrganisationKind.OTHER: _l("Other"),
}
