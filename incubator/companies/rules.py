"""What a company and a contact must be, and when two companies are likely the same."""

import re
from difflib import SequenceMatcher

from stdnum.exceptions import ValidationError
from stdnum.no import orgnr as number

INDUSTRY_SECTIONS = frozenset("ABCDEF")  # NACE Rev. 2: primary industries to construction
# The last division of each section (Standard Industrial Classification 2007, NACE Rev. 2).
_LAST_DIVISIONS = (
    (3, "A"), (9, "B"), (33, "C"), (35, "D"), (39, "E"), (43, "F"), (47, "G"), (53, "H"),
    (56, "I"), (63, "J"), (66, "K"), (68, "L"), (75, "M"), (82, "N"), (84, "O"), (85, "P"),
    (88, "Q"), (93, "R"), (96, "S"), (98, "T"), (99, "U"),
)  # fmt: skip
SECTIONS = tuple(section for _, section in _LAST_DIVISIONS)
_CODE = re.compile(r"^\d{2}(\.\d{1,3})?$")
_EMAIL = re.compile(r"^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+$")
_NOT_A_DIGIT = re.compile(r"[^\d+]")
_TELEPHONE = re.compile(r"^[\d\s()+./-]+$")
FEWEST_DIGITS = 5  # 02800 is a telephone number in Norway
MOST_DIGITS = 15  # E.164
SHORTEST_KEY = 4  # below it a name holds, or begins like, too many others
LIKE = 0.86


def valid_orgnr(text: str) -> str | None:
    """Give the nine digits of an organisation number, or None when its check digit is wrong.

    The check is modulus 11 with weights 3 2 7 6 5 4 3 2 (Brønnøysundregistrene).
    """
    bare = text.upper().replace("\u00a0", "").replace("NO", "").replace("MVA", "")
    try:
        return str(number.validate(bare))
    except ValidationError:
        return None


def is_industry_code(text: str) -> bool:
    """Say whether a text has the form of an industry code: 16, 16.1, 16.10 or 16.100."""
    return bool(_CODE.match(text)) and section_of(text) is not None


def section_of(industry_code: str) -> str | None:
    """Give the section that an industry code lies in."""
    division = industry_code[:2]
    if not division.isascii() or not division.isdigit() or division == "00":
        return None
    return next(section for last, section in _LAST_DIVISIONS if int(division) <= last)


def dialled(telephone: str) -> str | None:
    """Give a telephone number as a telephone dials it, or None when it is none.

    Eight digits are a number in Norway.
    """
    if not _TELEPHONE.match(telephone):
        return None
    bare = _NOT_A_DIGIT.sub("", telephone.replace("(0)", ""))
    if bare.startswith("00"):
        bare = "+" + bare[2:]
    digits = bare.removeprefix("+")
    if not digits.isdigit() or not FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
        return None
    return f"+47{digits}" if bare == digits and len(digits) == 8 else bare


def is_email(text: str) -> bool:
    """Say whether a text has the form of an e-mail address."""
    return bool(_EMAIL.match(text))


def is_alike(key: str, other: str) -> bool:
    """Say whether the match keys of two companies are those of one, perhaps misspelt."""
    if key == other:
        return True
    shorter, longer = sorted((key, other), key=len)
    if len(shorter) < SHORTEST_KEY:
        return False
    return longer.startswith(shorter) or SequenceMatcher(None, key, other).ratio() >= LIKE
