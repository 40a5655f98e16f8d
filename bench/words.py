"""The words that seeded cards are made of; all of it is invented."""

PEOPLE = (
    "Ada Målestad", "Bo Vekt", "Cato Lodd", "Dina Vater", "Eli Tommestokk", "Finn Passer",
    "Gro Linjal", "Hans Alen", "Ida Favn", "Jens Mil",
)  # fmt: skip
THINGS = (
    "biokull", "varmegjenvinning", "massivtre", "sensor", "robotcelle", "lastebærer", "fiberplate",
    "tørkeanlegg", "droneflåte", "sagblad", "støperi", "hydrogenkjele", "gjødselpellet", "kranarm",
    "matsvinn", "elglokker", "limtrebru", "barkbrikett", "skurlast", "hyttemodul",
)  # fmt: skip
PURPOSES = (
    "for sagbruk", "til småfabrikker", "med lavere energibruk", "i kaldt klima", "uten svinn",
    "for gårdsbruk", "på abonnement", "av returtre", "til eksport", "for kommuner",
    "med kunstig lys", "fra restavfall",
)  # fmt: skip
PLACES = ("Glomma", "Furu", "Rena", "Trysil", "Elve", "Skog", "Myr", "Ås", "Fjell", "Bekke", "Sol")
TRADES = ("Mekaniske", "Sagbruk", "Trevare", "Elektro", "Plast", "Bygg", "Mat", "Maskin", "Energi")
STEPS = ("Ringe om prøvekjøring", "Avtale møte", "Sende utkast til søknad", "Be om regnskap")
