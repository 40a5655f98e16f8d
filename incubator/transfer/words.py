"""The words of the lists that people keep: headers, stages, units. Data, no decisions."""

import re

from incubator.core.texts import fold
from incubator.ideas.models import StageKind

STAGES = tuple(StageKind)

TITLE, COMPANY, ORGNR, MUNICIPALITY = "title", "company", "orgnr", "municipality"
STAGE, OWNER, REMARK = "stage", "owner", "remark"
AMOUNT, JOBS = "amount_nok", "expected_jobs"

# The column that tells when an idea came to stand in a stage.
DATE_COLUMNS = {
    StageKind.IDEA: "registered_on",
    StageKind.CASE: "case_on",
    StageKind.INCUBATOR: "incubator_company_on",
    StageKind.APPLICATION: "rd_application_on",
    StageKind.MARKET: "commercialisation_on",
}
REGISTERED = DATE_COLUMNS[StageKind.IDEA]

HEADER_WORDS: dict[str, tuple[str, ...]] = {
    TITLE: (
        "idé",
        "idéer",
        "innovasjonsidé",
        "tittel",
        "navn på idé",
        "title",
        "idea",
        "name of idea",
        "innovation idea",
    ),
    COMPANY: (
        "bedrift",
        "bedriften",
        "firma",
        "firmaet",
        "virksomhet",
        "virksomheten",
        "selskap",
        "selskapet",
        "company",
    ),
    ORGNR: (
        "org.nr",
        "orgnr",
        "orgnummer",
        "organisasjonsnummer",
        "organisasjonsnr",
        "org. no.",
        "org number",
        "organisation number",
        "organisation no",
        "organization number",
        "organization no",
    ),
    MUNICIPALITY: ("kommune", "sted", "municipality"),
    STAGE: ("fase", "stage", "status i løypa", "steg", "phase"),
    OWNER: (
        "ansvarlig",
        "rådgiver",
        "saksbehandler",
        "eier",
        "kontakt hos oss",
        "owner",
        "responsible",
        "adviser",
        "advisor",
    ),
    REGISTERED: (
        "registrert",
        "dato registrert",
        "registrering",
        "reg.dato",
        "opprettet",
        "registered",
        "date registered",
        "created",
    ),
    DATE_COLUMNS[StageKind.CASE]: ("case", "utviklingscase", "development case"),
    DATE_COLUMNS[StageKind.INCUBATOR]: (
        "inkubator",
        "inkubatorbedrift",
        "opptak",
        "opptak i inkubator",
        "i inkubator",
        "incubator",
        "incubator company",
    ),
    DATE_COLUMNS[StageKind.APPLICATION]: (
        "søknad",
        "FoU",
        "FoU-søknad",
        "forskningssøknad",
        "application",
        "R&D",
        "R&D application",
    ),
    DATE_COLUMNS[StageKind.MARKET]: (
        "kommersialisert",
        "kommersialisering",
        "i markedet",
        "marked",
        "lansert",
        "commercialised",
        "commercialized",
        "commercialisation",
        "commercialization",
        "in the market",
        "launched",
    ),
    AMOUNT: ("beløp", "omsøkt", "søknadsbeløp", "sum søkt", "søkt", "amount", "sought"),
    JOBS: ("arbeidsplasser", "arb.plasser", "jobs"),
    REMARK: (
        "merknad",
        "kommentar",
        "remark",
        "comment",
        "comments",
        "remarks",
        "merknader",
        "kommentarer",
    ),
}
KEYS = tuple(HEADER_WORDS)
NEEDED_KEYS = (TITLE, STAGE)

# `status` is the stage where no other column is one and its values are stages; else a remark.
STATUS_WORD = "status"
# A date alone, or the date of an idea, is the date that it was registered.
DATE_WORDS = ("dato", "date")
IDEA_WORDS = ("idé", "idea")

# What may stand beside the word of a key without saying anything else.
DATE_FILLERS = frozenset("fra dato datoen sendt since date siden den når from sent".split())
_SMALL = frozenset("på for av i til hos of in on the and og ble er var den det".split())
_NAME = _SMALL | frozenset("navn navnet name".split())
_MONEY = _SMALL | frozenset(
    "nok kr kroner kkr mill millioner mnok tnok knok mkr tkr tusen hele 1000 1 000 "
    "sum total".split()
)
_NUMBER = _SMALL | frozenset(
    "antall ant forventet forventede expected number nye new nr no mulige potensielle".split()
)
FILLERS = {
    TITLE: _NAME,
    COMPANY: _NAME,
    ORGNR: _SMALL,
    MUNICIPALITY: _NAME,
    STAGE: _SMALL | frozenset("nå nåværende current".split()),
    OWNER: _NAME,
    AMOUNT: _MONEY,
    JOBS: _NUMBER,
    REMARK: _SMALL,
    **dict.fromkeys(DATE_COLUMNS.values(), _SMALL | DATE_FILLERS),
}
PREPOSITIONS = frozenset("på for av i til hos of in on to with med from".split())
# "Registrert av" and "Søknad sendt til" name a person or a place, not a day.
NOT_A_DAY = frozenset("av by til to hos".split())
# A column with one of these holds another number than the one that is sought or expected.
OTHER_NUMBERS = {
    AMOUNT: frozenset(
        "innvilget bevilget tilsagn utbetalt budsjett egenandel egenfinansiering omsetning "
        "granted awarded approved paid budget turnover".split()
    ),
    JOBS: frozenset(
        "realisert realiserte faktisk faktiske skapt skapte dag sikret sikrede "
        "realised realized actual created secured today current".split()
    ),
}
# Such a column is meant to hold days even if none can be read; a bare "Case" may hold a text.
DAY_VERBS = (
    *("registrert", "opprettet", "registered", "created", "kommersialisert"),
    *("commercialised", "commercialized"),
)

ACCEPTED_STAGES = {
    StageKind.IDEA: ("Idé", "Idea"),
    StageKind.CASE: ("Case", "Development case"),
    StageKind.INCUBATOR: ("Inkubatorbedrift", "Incubator company"),
    StageKind.APPLICATION: ("FoU-søknad", "R&D application"),
    StageKind.MARKET: ("Kommersialisering", "Commercialisation"),
}
STAGE_WORDS: dict[StageKind, tuple[str, ...]] = {
    StageKind.IDEA: (
        *("idé", "idéfase", "idéfasen", "på idéstadiet", "idéstadiet", "ny idé", "innovasjonsidé"),
        *("idea", "idea phase", "idea stage", "new idea", "innovation idea"),
    ),
    StageKind.CASE: (
        *("case", "utviklingscase", "casefase", "casefasen", "innovasjonscase", "i case"),
        *("development case", "case phase", "case stage", "innovation case"),
    ),
    StageKind.INCUBATOR: (
        *("inkubator", "i inkubator", "i inkubatoren", "inkubatorbedrift", "inkubatorfase"),
        *("inkubasjon", "inkubatorfasen", "opptatt i inkubator", "tatt opp i inkubator"),
        *("incubator", "in incubator", "in the incubator", "incubator company", "incubator firm"),
        *("incubator phase", "incubator stage", "incubation", "incubatee"),
    ),
    StageKind.APPLICATION: (
        *("FoU", "FoU-søknad", "FoU-søknad sendt", "FoU-fase", "forskningssøknad", "søknad"),
        *("søknad sendt", "søknadsfase", "forsknings- og utviklingssøknad", "FoU-søknader"),
        *("R&D", "R&D application", "R and D application", "R&D application sent"),
        *("research application", "application", "application sent", "rd application"),
    ),
    StageKind.MARKET: (
        *("kommersialisering", "kommersialisert", "kommersialiseringsfase", "kommersiell"),
        *("i markedet", "på markedet", "i marked", "markedet", "marked", "lansert"),
        *("commercialisation", "commercialization", "commercialised", "commercialized"),
        *("in the market", "on the market", "in market", "market", "launched"),
    ),
}

TOTAL_WORDS = frozenset(
    "sum summer total totalt totaler totalsum delsum subtotal sub totals i alt alle hele ialt "
    "antall idéer ideer idéene ideene ideas rader rows saker stk for all grand beløp søkt "
    "arbeidsplasser jobs kr nok listen lista".split()
)
TOTAL_STARTS = (
    *("sum", "summer", "total", "totalt", "totaler", "totalsum", "delsum", "subtotal"),
    *("grand total", "sub total", "i alt", "ialt"),
)

PARKED_WORDS = ("skrinlagt", "parkert", "parked")

MILLIONS = ("mill", "million", "millioner", "millions", "mnok", "m", "mkr", "mio")
THOUSANDS = ("tusen", "thousand", "tkr", "tnok", "knok", "kkr", "k", "'", "1000")
BILLIONS = ("mrd", "milliard", "milliarder", "billion")
UNITS = {
    **dict.fromkeys(MILLIONS, 1_000_000),
    **dict.fromkeys(THOUSANDS, 1_000),
    **dict.fromkeys(BILLIONS, 1_000_000_000),
}
JOB_UNITS = (
    *("arbeidsplasser", "arbeidsplass", "arb", "plasser", "årsverk", "ansatte", "stillinger"),
    *("personer", "nye", "stk", "jobber", "jobs", "job", "fte", "employees", "people"),
)

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar jan january",
            "februar feb february",
            "mars mar march",
            "april apr",
            "mai may",
            "juni jun june",
            "juli jul july",
            "august aug",
            "september sep sept",
            "oktober okt october oct",
            "november nov",
            "desember des december dec",
        ),
        start=1,
    )
    for name in names.split()
}

CELL_ERRORS = frozenset(
    "#ref! #n/a #value! #div/0! #name? #num! #null! #spill! #calc! #getting_data #i/t #verdi! "
    "#navn? #referanse! #nulldiv!".split()
)

_UNACCENTED = str.maketrans(
    {
        accented: base
        for base, group in {
            "a": "àáâãäå",
            "c": "ç",
            "e": "èéêë",
            "i": "ìíîï",
            "n": "ñ",
            "o": "òóôõöø",
            "u": "ùúûü",
            "y": "ýÿ",
            "ae": "æ",
        }.items()
        for accented in group
    }
)
_PUNCTUATION = re.compile(r"[\s.,:;/\\\-\u2010-\u2015_()\[\]&+*\"]+")


def plain(text: str) -> str:
    """Return words without case, accents or punctuation, as they are compared here."""
    return _PUNCTUATION.sub(" ", fold(text).replace("&", "").translate(_UNACCENTED)).strip()


def squeezed(text: str) -> str:
    """Return the same without spaces, since org.nr, org nr and orgnr are one word."""
    return plain(text).replace(" ", "")


STAGE_BY_WORD = {squeezed(word): stage for stage, words in STAGE_WORDS.items() for word in words}
