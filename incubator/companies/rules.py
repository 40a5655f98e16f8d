"""What a company must be."""

from stdnum.exceptions import ValidationError
from stdnum.no import orgnr as number

INDUSTRY_SECTIONS = frozenset("ABCDEF")  # NACE Rev. 2: primary industries to construction


def valid_orgnr(text: str) -> str | None:
    """Give the nine digits of an organisation number, or None when its check digit is wrong.

    The check is modulus 11 with weights 3 2 7 6 5 4 3 2 (Brønnøysundregistrene).
    """
    bare = text.upper().replace("\u00a0", "").replace("NO", "").replace("MVA", "")
    try:
        return str(number.validate(bare))
    except ValidationError:
        return None
