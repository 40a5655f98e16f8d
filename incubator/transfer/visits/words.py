"""The words of the lists of visits that people keep. Data, no decisions."""

from incubator.transfer.words import (
    COMPANY,
    DATE_FILLERS,
    FILLERS,
    HEADER_WORDS,
    MUNICIPALITY,
    ORGNR,
    TOTAL_WORDS,
    squeezed,
)
from incubator.visits.models import VisitKind

OCCURRED_ON, KIND, VISITOR, CONTACTS = "occurred_on", "kind", "visitor", "contacts"
ABOUT, NOTES, NEEDS = "about", "notes", "needs"

VISIT_HEADER_WORDS: dict[str, tuple[str, ...]] = {
    OCCURRED_ON: (
        *("dato", "besøksdato", "besøkt", "når", "møtedato", "kontaktdato", "dag"),
        *("date", "visit date", "visited", "day", "when", "contact date", "meeting date"),
    ),
    COMPANY: (*HEADER_WORDS[COMPANY], "kunde", "kunden", "foretak", "firm", "customer", "client"),
    ORGNR: HEADER_WORDS[ORGNR],
    MUNICIPALITY: HEADER_WORDS[MUNICIPALITY],
    KIND: (
        *("type", "kontaktform", "kontakttype", "form", "hva slags", "møteform", "møtetype"),
        *("besøkstype", "kanal", "hvordan", "kind", "channel", "contact type"),
        *("how",),
    ),
    VISITOR: (
        *("hvem", "rådgiver", "ansvarlig", "besøkt av", "av", "besøkende", "utført av"),
        *("saksbehandler", "kontakt hos oss", "fra oss", "vår kontakt", "initialer"),
        *("who", "by", "visited by", "advisor", "adviser", "visitor", "responsible", "initials"),
    ),
    CONTACTS: (
        *("kontaktperson", "kontaktpersoner", "kontakt", "kontakter", "deltakere", "deltaker"),
        *("møtte", "til stede", "tilstede", "fra bedriften", "snakket med", "møtt"),
        *("contact", "contacts", "contact person", "participants", "attendees", "met"),
        *("present", "from the company"),
    ),
    ABOUT: (
        *("tema", "hva", "om", "om hva", "gjelder", "innhold", "emne", "saken", "agenda", "formål"),
        *("about", "subject", "topic", "what", "regarding", "purpose"),
    ),
    NOTES: (
        *("notat", "notater", "merknad", "merknader", "referat", "kommentar", "kommentarer"),
        *("oppsummering", "notes", "note", "remark", "remarks", "comment", "comments"),
        *("minutes", "summary"),
    ),
    NEEDS: ("behov", "ønsker", "utfordringer", "needs", "need", "challenges"),
}

_VISIT = frozenset("besøk besøket besøkene møte møtet kontakt kontakten samtale visit".split())
_WE = frozenset("vi ble var er hadde det den de som vår våre we our was were".split())
_OF_COMPANY = frozenset(
    "bedrift bedriften bedriftens virksomhet virksomheten kunde kunden kundens company".split()
)
_SMALL = FILLERS[ORGNR] | _VISIT | _WE
VISIT_FILLERS = {
    OCCURRED_ON: _SMALL | DATE_FILLERS | frozenset("tid kl klokka klokkeslett time".split()),
    COMPANY: FILLERS[COMPANY] | frozenset("besøkt besøkte visited".split()),
    ORGNR: FILLERS[ORGNR] | _OF_COMPANY,
    MUNICIPALITY: FILLERS[MUNICIPALITY] | _OF_COMPANY,
    KIND: _SMALL,
    VISITOR: FILLERS[COMPANY] | _SMALL | frozenset("hos oss rådgiver person".split()),
    CONTACTS: FILLERS[COMPANY] | _SMALL | _OF_COMPANY | frozenset("hvem fra who from".split()),
    ABOUT: _SMALL | frozenset("snakket pratet diskutert diskuterte gjaldt tema hovedtema".split()),
    NOTES: _SMALL | frozenset("fra from intern interne internal".split()),
    NEEDS: _SMALL | _OF_COMPANY,
}
# A column with one of these holds the day of something else, or tells something of the company.
VISIT_OTHER = {
    OCCURRED_ON: frozenset(
        "neste planlagt frist oppfølging registrert fakturert next planned due deadline "
        "registered".split()
    ),
    KIND: frozenset(
        "bedrift bedriftstype virksomhet virksomhetstype selskapstype firmatype kundetype bransje "
        "company industry".split()
    ),
}

ACCEPTED_KINDS = {
    VisitKind.VISIT: ("Besøk", "Visit"),
    VisitKind.TELEPHONE: ("Telefon", "Telephone"),
    VisitKind.VIDEO: ("Video", "Teams"),
}
_KIND_WORDS: dict[VisitKind, tuple[str, ...]] = {
    VisitKind.VISIT: (
        *("besøk", "bedriftsbesøk", "fysisk", "fysisk besøk", "fysisk møte", "møte", "besøkt"),
        *("personlig", "personlig møte", "personlig besøk", "oppmøte", "befaring", "på besøk"),
        *("bedriftsmøte", "besøk hos bedrift", "besøk hos bedriften", "på stedet", "omvisning"),
        *("visit", "company visit", "site visit", "visited", "in person", "meeting", "physical"),
        *("physical meeting", "face to face", "on site"),
    ),
    VisitKind.TELEPHONE: (
        *("telefon", "tlf", "tel", "ringte", "ringt", "ring", "telefonsamtale", "telefonmøte"),
        *("tlf-samtale", "tlf-møte", "på telefon", "per telefon", "pr telefon", "pr tlf"),
        *("oppringning", "samtale på telefon", "mobil", "mobilsamtale", "ringte dem"),
        *("telephone", "phone", "call", "called", "phone call", "telephone call", "by phone"),
    ),
    VisitKind.VIDEO: (
        *("video", "videomøte", "videosamtale", "videokonferanse", "teams", "teams-møte"),
        *("møte på teams", "på teams", "via teams", "microsoft teams", "ms teams", "zoom"),
        *("zoom-møte", "skype", "google meet", "digitalt", "digital", "digitalt møte"),
        *("digitalt besøk", "nettmøte", "på nett", "online", "facetime"),
        *("video meeting", "video call", "teams meeting", "zoom meeting", "digital meeting"),
        *("online meeting", "virtual", "virtual meeting"),
    ),
}
KIND_BY_WORD = {squeezed(word): kind for kind, words in _KIND_WORDS.items() for word in words}

# What somebody is at the company, written after a name: "Ola Nordmann, daglig leder".
TITLE_WORDS = frozenset(
    squeezed(word)
    for word in (
        *("daglig leder", "styreleder", "eier", "medeier", "gründer", "leder", "prosjektleder"),
        *("produksjonssjef", "fabrikksjef", "salgssjef", "økonomisjef", "teknisk sjef"),
        *("utviklingssjef", "markedssjef", "driftsleder", "verksmester", "innehaver"),
        *("ceo", "cto", "cfo", "coo", "owner", "founder", "manager", "managing director", "chair"),
    )
)

# These say nothing within a longer header.
ALONE = frozenset(map(squeezed, ("av", "by", "om", "form", "dag", "day", "what")))
VISIT_TOTALS = TOTAL_WORDS | {"besøk", "bedrifter", "møter", "kontakter", "visits", "companies"}
