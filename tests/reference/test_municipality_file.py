"""Check the invariants of the shipped list of Norwegian municipalities."""

import csv
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

FILE = Path(__file__).resolve().parents[2] / "incubator" / "reference" / "municipalities.csv"
HEADER = ["number", "name", "valid_from", "valid_to", "successor"]
TODAY_COUNTIES = {
    "03": 1,
    "11": 23,
    "15": 27,
    "18": 41,
    "31": 12,
    "32": 21,
    "33": 18,
    "34": 46,
    "39": 6,
    "40": 17,
    "42": 25,
    "46": 43,
    "50": 38,
    "55": 21,
    "56": 18,
}
# Old number, number since 2020 and name. Jevnaker and Lunner left for Viken and stand apart below.
INNLANDET = """
0402 3401 Kongsvinger
0403 3403 Hamar
0501 3405 Lillehammer
0502 3407 Gjøvik
0412 3411 Ringsaker
0415 3412 Løten
0417 3413 Stange
0418 3414 Nord-Odal
0419 3415 Sør-Odal
0420 3416 Eidskog
0423 3417 Grue
0425 3418 Åsnes
0426 3419 Våler (Innlandet)
0427 3420 Elverum
0428 3421 Trysil
0429 3422 Åmot
0430 3423 Stor-Elvdal
0432 3424 Rendalen
0434 3425 Engerdal
0436 3426 Tolga
0437 3427 Tynset
0438 3428 Alvdal
0439 3429 Folldal
0441 3430 Os
0511 3431 Dovre
0512 3432 Lesja
0513 3433 Skjåk
0514 3434 Lom
0515 3435 Vågå
0516 3436 Nord-Fron
0517 3437 Sel
0519 3438 Sør-Fron
0520 3439 Ringebu
0521 3440 Øyer
0522 3441 Gausdal
0528 3442 Østre Toten
0529 3443 Vestre Toten
0534 3446 Gran
0536 3447 Søndre Land
0538 3448 Nordre Land
0540 3449 Sør-Aurdal
0541 3450 Etnedal
0542 3451 Nord-Aurdal
0543 3452 Vestre Slidre
0544 3453 Øystre Slidre
0545 3454 Vang
"""
# Divided among several municipalities, so the number alone does not tell where an address went.
DIVIDED = {"1507", "1850", "5012"}


class Municipality(NamedTuple):
    """Hold one row of the file."""

    number: str
    name: str
    valid_from: date
    valid_to: date | None
    successor: str

    def is_valid(self, on: date) -> bool:
        """Tell whether the number was in use on a day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def read_rows() -> list[Municipality]:
    """Read the file, failing on any value that is not written as agreed."""
    with FILE.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        return [
            Municipality(
                row["number"],
                row["name"],
                date.fromisoformat(row["valid_from"]),
                date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                row["successor"],
            )
            for row in reader
        ]


ROWS = read_rows()
BY_NUMBER = {row.number: row for row in ROWS}
CURRENT = [row for row in ROWS if row.valid_to is None]


def follow(number: str) -> str:
    """Follow the successors of a number to the last one, failing on a circle."""
    seen: set[str] = set()
    while BY_NUMBER[number].successor:
        assert number not in seen, f"{number} is its own successor"
        seen.add(number)
        number = BY_NUMBER[number].successor
    return number


def test_file_is_plain_utf8_with_the_agreed_header() -> None:
    raw = FILE.read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    assert raw.decode("utf-8").splitlines()[0].split(",") == HEADER


def test_every_number_has_four_digits_and_every_name_is_trimmed() -> None:
    for row in ROWS:
        assert len(row.number) == 4 and row.number.isascii() and row.number.isdigit(), row
        assert row.name and row.name == row.name.strip(), row
        # Parallel Sami and Kven names are left out, so no name is written "A - B".
        assert " - " not in row.name, row


def test_no_number_is_listed_twice_from_the_same_day() -> None:
    keys = Counter((row.number, row.valid_from) for row in ROWS)
    assert [key for key, times in keys.items() if times > 1] == []


def test_no_number_is_reused() -> None:
    assert len(BY_NUMBER) == len(ROWS)


def test_current_municipalities_are_counted_by_county() -> None:
    assert len(CURRENT) == 357
    assert Counter(row.number[:2] for row in CURRENT) == TODAY_COUNTIES


@pytest.mark.parametrize(
    ("on", "count"),
    [
        (date(2016, 12, 31), 428),
        (date(2017, 1, 1), 426),
        (date(2018, 1, 1), 422),
        (date(2019, 12, 31), 422),
        (date(2020, 1, 1), 356),
        (date(2023, 12, 31), 356),
        (date(2024, 1, 1), 357),
    ],
)
def test_number_of_municipalities_on_the_days_around_each_reform(on: date, count: int) -> None:
    assert sum(row.is_valid(on) for row in ROWS) == count


def test_names_are_unique_among_municipalities_of_the_same_day() -> None:
    names = Counter(row.name for row in CURRENT)
    assert [name for name, times in names.items() if times > 1] == []
    bracketed = {row.number: row.name for row in CURRENT if "(" in row.name}
    assert bracketed == {
        "1515": "Herøy (Møre og Romsdal)",
        "1818": "Herøy (Nordland)",
        "3114": "Våler (Østfold)",
        "3419": "Våler (Innlandet)",
    }


def test_every_successor_exists_and_takes_over_the_next_day() -> None:
    for row in ROWS:
        if row.valid_to is None:
            assert row.successor == "", row
        elif row.number not in DIVIDED:
            assert BY_NUMBER[row.successor].is_valid(row.valid_to + timedelta(days=1)), row


def test_only_divided_municipalities_end_without_a_successor() -> None:
    ended = {row.number for row in ROWS if row.valid_to is not None and not row.successor}
    assert ended == DIVIDED


def test_every_chain_ends_in_a_current_or_divided_municipality() -> None:
    for row in ROWS:
        last = BY_NUMBER[follow(row.number)]
        assert last.valid_to is None or last.number in DIVIDED, row


def test_validity_never_ends_before_it_begins() -> None:
    for row in ROWS:
        assert row.valid_to is None or row.valid_from <= row.valid_to, row


def test_a_new_name_comes_only_from_a_merger() -> None:
    predecessors: defaultdict[str, set[str]] = defaultdict(set)
    for row in ROWS:
        if row.successor:
            predecessors[row.successor].add(row.number)
    renamed = {
        row.number
        for row in ROWS
        if row.successor
        and row.name.split(" (")[0] != BY_NUMBER[row.successor].name.split(" (")[0]
        and BY_NUMBER[row.successor].valid_from > row.valid_from
        and len(predecessors[row.successor]) == 1
    }
    # Nes in Buskerud took the name Nesbyen in 2020; every other lone successor kept its name.
    assert renamed == {"0616"}


def test_a_number_is_followed_by_the_one_that_kept_its_name() -> None:
    checked = 0
    for row in ROWS:
        if row.valid_to is None or row.number in DIVIDED:
            continue
        next_day = row.valid_to + timedelta(days=1)
        same = {new.number for new in ROWS if (new.name, new.valid_from) == (row.name, next_day)}
        if same:
            assert same == {row.successor}, row
            checked += 1
    # Most numbers changed with their county alone; fewer would mean that rows went missing.
    assert checked > 380


def test_innlandet_since_2020() -> None:
    table = [line.split(" ", 2) for line in INNLANDET.split("\n") if line]
    current = {row.number: row for row in CURRENT if row.number.startswith("34")}
    assert len(table) == 46
    assert {row.number: row.name for row in current.values()} == {
        new: name for _, new, name in table
    }
    assert {row.valid_from for row in current.values()} == {date(2020, 1, 1)}


def test_hedmark_and_oppland_until_2020() -> None:
    table = [line.split(" ", 2) for line in INNLANDET.split("\n") if line]
    old = {row.number: row for row in ROWS if row.number[:2] in {"04", "05"}}
    expected = {number: new for number, new, _ in table} | {"0532": "3053", "0533": "3054"}
    assert {row.number: row.successor for row in old.values()} == expected
    assert {row.valid_to for row in old.values()} == {date(2019, 12, 31)}
    assert old["0426"].name == "Våler (Hedmark)"
    assert old["0441"].name == "Os (Hedmark)"


@pytest.mark.parametrize(
    ("number", "today"),
    [
        ("0101", "3101"),
        ("0231", "3205"),
        ("0532", "3236"),
        ("0533", "3234"),
        ("0625", "3301"),
        ("0702", "3903"),
        ("0719", "3907"),
        ("0822", "4020"),
        ("1567", "5061"),
        ("1638", "5059"),
        ("1725", "5007"),
        ("1854", "1806"),
        ("1931", "5530"),
        ("2021", "5610"),
        ("3018", "3114"),
    ],
)
def test_old_numbers_lead_to_todays_number(number: str, today: str) -> None:
    assert follow(number) == today
    assert BY_NUMBER[today].valid_to is None
