"""Which tables an archive has, what their columns are called, hold and mean. Data, no decisions.

The names are a format and not a text of the program: they are bokmål in every language, so that
a file reads alike wherever it was made. Values of a few kinds are the keys that the program uses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from incubator.funding.models import ApplicationStatus, PaymentKind
from incubator.ideas.models import Status
from incubator.incubation.models import EndReason
from incubator.jobs.models import Evidence, JobKind, JobState, JobUnit
from incubator.visits.models import VisitKind

FORMAT = "ideloypa"
VERSION = 1
MARKER = "Idéløypa"  # the sheet that says what a workbook is
DICTIONARY = "ordliste"


class Holds(StrEnum):
    """What the cells of a column hold."""

    NUMBER = "heltall"
    AMOUNT = "kroner"
    QUANTITY = "tall"
    TEXT = "tekst"
    DAY = "dato"
    INSTANT = "tidspunkt"
    YES_NO = "ja/nei"


class Turn(StrEnum):
    """What kind of fact a row of events is."""

    STAGE = "fase"
    STATUS = "status"
    SHARING = "deling"


@dataclass(frozen=True)
class Field:
    """A column: its name, what it holds, and what it means in both languages."""

    name: str
    holds: Holds
    nb: str
    en: str
    is_needed: bool = False
    words: tuple[str, ...] = ()  # all that it may say


@dataclass(frozen=True)
class Part:
    """A table: its name in file names and of its sheet, and what it holds."""

    name: str
    title: str
    nb: str
    en: str
    fields: Sequence[Field]
    is_read: bool = False  # it is read again from a workbook


def _number(name: str, nb: str, en: str, *, needed: bool = False) -> Field:
    return Field(name, Holds.NUMBER, nb, en, needed)


def _text(name: str, nb: str, en: str, *, needed: bool = False) -> Field:
    return Field(name, Holds.TEXT, nb, en, needed)


def _day(name: str, nb: str, en: str, *, needed: bool = False) -> Field:
    return Field(name, Holds.DAY, nb, en, needed)


def _amount(name: str, nb: str, en: str) -> Field:
    return Field(name, Holds.AMOUNT, nb, en)


def _one_of(name: str, nb: str, en: str, words: type[StrEnum], *, needed: bool = True) -> Field:
    return Field(name, Holds.TEXT, nb, en, needed, tuple(word.value for word in words))


COMPANY = _number("bedrift_nr", "bedriften, som i bedrifter", "the company, as in bedrifter")
ITS_COMPANY = _number(
    "bedrift_nr", "bedriften, som i bedrifter", "the company, as in bedrifter", needed=True
)
IDEA = _number("idé_nr", "ideen, som i ideer", "the idea, as in ideer")
ITS_IDEA = _number("idé_nr", "ideen, som i ideer", "the idea, as in ideer", needed=True)
PLACE = _text("kommune_nr", "kommunenummeret", "the municipality's number")
OWNER = _text("ansvarlig", "hvem som er ansvarlig", "who is responsible")
OWNER_EMAIL = _text("ansvarlig_epost", "e-posten til den ansvarlige", "that person's e-mail")
NTH = _number("nr_på_dagen", "rekkefølgen innen dagen", "the order within the day", needed=True)
ESTIMATED = Field("anslått", Holds.YES_NO, "om datoen er anslått", "whether the date is estimated")
NOTE = _text("merknad", "merknad eller begrunnelse", "a note or the reason")

PARTS = (
    Part(
        "bedrifter", "Bedrifter", "bedriftene som regionen har med å gjøre",
        "the companies that the region deals with",
        (
            _number("bedrift_nr", "bedriftens nummer i fila", "its number here", needed=True),
            _text("navn", "bedriftens navn", "its name", needed=True),
            _text("orgnr", "organisasjonsnummer", "organisation number"),
            PLACE,
            _text("næringskode", "næringskode (SN2007)", "industry code (SN2007)"),
            _text("næringsseksjon", "næringshovedområde A–U", "section A–U of the industry code"),
            _day("stiftet", "når bedriften ble stiftet", "when it was founded"),
            _number("ansatte", "antall ansatte", "how many work there"),
        ),
        is_read=True,
    ),
    Part(
        "kontakter", "Kontakter", "folk i bedriftene", "people at the companies",
        (
            _number("kontakt_nr", "kontaktens nummer i fila", "its number here"),
            COMPANY,
            _text("navn", "navn", "name"),
            _text("tittel", "stilling", "position"),
            _text("telefon", "telefon", "telephone"),
            _text("epost", "e-post", "e-mail"),
        ),
    ),
    Part(
        "ideer", "Ideer", "ideene; fase og status står i hendelser",
        "the ideas; their stages and statuses are in hendelser",
        (
            _number("idé_nr", "ideens nummer i fila", "its number here", needed=True),
            _text("tittel", "tittel", "title", needed=True),
            COMPANY,
            PLACE,
            OWNER,
            OWNER_EMAIL,
            _day("registrert", "når ideen ble registrert", "when it was registered", needed=True),
            _text("problem", "problemet den løser", "the problem that it solves"),
            _text("beskrivelse", "beskrivelse", "description"),
            _text("hva_lanseres", "hva som lanseres", "what is launched"),
            _day("planlagt_salg", "planlagt første salg", "when the first sale is planned"),
            _day("arkivert", "når ideen ble arkivert", "when it was archived"),
            _number("plassering", "plassen i kolonnen på tavla", "the place in its column"),
        ),
        is_read=True,
    ),
    Part(
        "hendelser", "Hendelser", "det som har skjedd med ideene, i rekkefølge",
        "what happened to the ideas, in order",
        (
            ITS_IDEA,
            _one_of("type", "hva slags hendelse", "what kind of event", Turn),
            _day("dato", "når det skjedde", "when it happened", needed=True),
            NTH,
            Field(
                "verdi", Holds.TEXT, "fasen eller statusen som begynte, eller ja/nei for deling",
                "the stage or status that began, or ja/nei for sharing", True,
                ("(fasens nøkkel)", *(one.value for one in Status), "ja", "nei"),
            ),
            ESTIMATED,
            NOTE,
            _text("lært", "hva som ble lært da ideen ble stoppet", "what was learnt by a stop"),
            _day("se_igjen", "når en parkert idé skal ses på igjen", "when to look again"),
        ),
        is_read=True,
    ),
    Part(
        "inkubasjoner", "Inkubasjoner", "bedriftenes avtaler med inkubatoren",
        "the companies' agreements with the incubator",
        (
            _number("inkubasjon_nr", "avtalens nummer i fila", "its number here", needed=True),
            ITS_COMPANY,
            PLACE,
            _day("opptatt", "når bedriften ble tatt opp", "when it was admitted", needed=True),
            _day("periode_fra", "når perioden begynte", "when the period began"),
            _text("fase", "hvor langt den har kommet", "how far it has come"),
            _day("sluttet", "når bedriften sluttet", "when it left"),
            _one_of("sluttgrunn", "hvorfor den sluttet", "why it left", EndReason, needed=False),
            NOTE,
        ),
        is_read=True,
    ),
    Part(
        "inkubasjon_ideer", "Inkubasjon og idé", "hvilke ideer som ble med i hvilken avtale",
        "which ideas joined which agreement",
        (
            _number("inkubasjon_nr", "avtalen", "the agreement", needed=True),
            ITS_IDEA,
        ),
        is_read=True,
    ),
    Part(
        "soknader", "Søknader", "søknader om penger", "applications for money",
        (
            _number("søknad_nr", "søknadens nummer i fila", "its number here", needed=True),
            _text("tittel", "hva den gjelder", "what it is about"),
            IDEA,
            COMPANY,
            PLACE,
            OWNER_EMAIL,
            _text("virkemiddel", "virkemidlets nøkkel", "the key of the funding scheme"),
            _day("frist", "fristen", "the deadline"),
            _day("planlagt", "når den er planlagt sendt", "when it is planned to be sent"),
            _day("rapportfrist", "når rapporten skal leveres", "when the report is due"),
            _amount("søkt_kr", "beløpet det er søkt om", "the amount sought"),
            _text("saksnummer", "saksnummeret hos giveren", "the funder's case number"),
        ),
        is_read=True,
    ),
    Part(
        "soknadshendelser", "Søknadshendelser", "det som har skjedd med søknadene",
        "what happened to the applications",
        (
            _number("søknad_nr", "søknaden", "the application", needed=True),
            _day("dato", "når det skjedde", "when it happened", needed=True),
            NTH,
            _one_of("status", "statusen som begynte", "the status that began", ApplicationStatus),
            _amount("beløp_kr", "beløpet som ble innvilget", "the amount granted"),
            ESTIMATED,
            NOTE,
        ),
        is_read=True,
    ),
    Part(
        "betalinger", "Betalinger", "penger som kom eller ble betalt tilbake",
        "money that came or went back",
        (
            _number("søknad_nr", "søknaden", "the application", needed=True),
            _day("dato", "når det skjedde", "when it happened", needed=True),
            _one_of("type", "utbetalt eller tilbakebetalt", "paid or returned", PaymentKind),
            Field("beløp_kr", Holds.AMOUNT, "beløpet", "the amount", True),
            NOTE,
        ),
        is_read=True,
    ),
    Part(
        "arbeidsplasser", "Arbeidsplasser", "arbeidsplasser: planlagte, ventede og realiserte",
        "work places: planned, expected and realised",
        (
            _number("post_nr", "postens nummer i fila", "its number here", needed=True),
            COMPANY,
            IDEA,
            PLACE,
            _day("dato", "datoen de gjelder fra", "the day that they count from", needed=True),
            _one_of("type", "nye, sikrede eller tapte", "new, secured or lost", JobKind),
            _one_of("tilstand", "hvor sikre de er", "how certain they are", JobState),
            _one_of("enhet", "hoder eller årsverk", "heads or full-time equivalents", JobUnit),
            Field("antall", Holds.QUANTITY, "hvor mange", "how many", True),
            _number("kvinner", "av dem kvinner", "of them women"),
            _number("menn", "av dem menn", "of them men"),
            _text("kilde", "hvor tallet kommer fra", "where the number comes from"),
            _one_of("grunnlag", "hvor godt det er belagt", "the grade of evidence", Evidence),
            _day("neste_kontroll", "når det skal kontrolleres", "when to check next"),
            NOTE,
            _number("realiserer_nr", "posten som den realiserer", "the record that it realises"),
        ),
        is_read=True,
    ),
    Part(
        "besok", "Besøk", "bedriftsbesøk, telefoner og videomøter", "visits, calls, video meetings",
        (
            _number("besøk_nr", "besøkets nummer i fila", "its number here", needed=True),
            ITS_COMPANY,
            PLACE,
            _text("organisasjon", "organisasjonen det tilhører", "whose visit it is"),
            _text("besøkende", "hvem som besøkte", "who visited"),
            _text("besøkende_epost", "e-posten til den besøkende", "that person's e-mail"),
            _one_of("type", "hva slags kontakt", "what kind of contact", VisitKind),
            _day("dato", "når det var", "when it was", needed=True),
            _text("om", "hva det handlet om", "what it was about"),
            _text("behov", "hva bedriften trenger", "what the company needs"),
            Field("delt", Holds.YES_NO, "om notatet er delt", "whether the notes are shared"),
        ),
        is_read=True,
    ),
    Part(
        "besok_ideer", "Besøk og idé", "hvilke ideer som kom av hvilket besøk",
        "which ideas came of which visit",
        (_number("besøk_nr", "besøket", "the visit", needed=True), ITS_IDEA),
        is_read=True,
    ),
    Part(
        "besok_kontakter", "Besøk og kontakt", "hvem som var med fra bedriften",
        "who took part from the company",
        (
            _number("besøk_nr", "besøket", "the visit"),
            _number("kontakt_nr", "kontakten, som i kontakter", "the contact, as in kontakter"),
        ),
    ),
    Part(
        "oppfolginger", "Oppfølginger", "det som er lovet", "what was promised",
        (
            IDEA, COMPANY,
            _text("hva", "hva som er lovet", "what was promised"),
            OWNER, OWNER_EMAIL,
            _day("frist", "når det skal gjøres", "when it is to be done"),
            _day("gjort", "når det ble gjort", "when it was done"),
        ),
    ),
    Part(
        "merker", "Merker", "merkelapper på ideene", "tags of the ideas",
        (IDEA, _text("merke", "merkelappen", "the tag")),
    ),
    Part(
        "satsinger", "Satsinger", "hvilke satsingsområder ideene hører til",
        "the focus areas of the ideas",
        (
            IDEA,
            _text("program", "programmet", "the programme"),
            _text("satsingsområde", "satsingsområdet", "the focus area"),
        ),
    ),
    Part(
        "kommentarer", "Kommentarer", "det folk har sagt om ideene",
        "what people said of the ideas",
        (
            IDEA,
            _text("tekst", "det som ble skrevet", "what was written"),
            _text("hvem", "hvem som skrev det", "who wrote it"),
            Field("når", Holds.INSTANT, "når det ble skrevet", "when it was written"),
        ),
    ),
    Part(
        "endringer", "Endringer", "hvem som har gjort hva og når, uten innhold",
        "who did what and when, without the content",
        (
            _number("endring_nr", "endringens nummer", "the number of the change"),
            Field("når", Holds.INSTANT, "når den ble gjort", "when it was made"),
            _text("hvem", "hvem som gjorde den", "who made it"),
            _text("hva", "hva som ble gjort (kode)", "what was done (a code)"),
            _text("gjelder", "hva slags ting den gjelder", "what kind of thing it is about"),
            _number("gjelder_nr", "tingens nummer", "the number of that thing"),
            _text("vei", "hvordan den kom inn", "by which door it came"),
            _number("angrer_nr", "endringen som den angret", "the change that it undid"),
        ),
    ),
)  # fmt: skip
BY_NAME = {part.name: part for part in PARTS}
READ = tuple(part for part in PARTS if part.is_read)
