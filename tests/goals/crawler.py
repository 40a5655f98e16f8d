"""Walk through the pages as a reader without scripts would, and open every number there is.

A number is a link that holds one in bold (`<a …><b>12</b></a>`), that is nothing but one, or that
says it (`data-number`). What it opens must be as long as it says, or add up to it.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from tests.thorough import THOROUGH

NUMBER = re.compile(r"[-−]?\d{1,3}(?:[\s\u00a0\u202f]?\d{3})*(?:,\d+)?")
EMPTY = frozenset({"meta", "link", "input", "br", "hr", "img", "path", "circle", "rect", "use"})
SILENT = re.compile("<svg.*?</svg>|<select.*?</select>", re.DOTALL)  # much of a page, and no link
SAYING = frozenset({"a", "b", "td", "th"})  # elements whose words matter
OF_A_SHAPE = 2 if THOROUGH else 1  # so many pages that differ by a number or a value in the address
MOST_PAGES = 50  # of one list


def number_in(text: str) -> Decimal | None:
    """Read a text that is a Norwegian number and nothing else."""
    text = text.strip()
    if not NUMBER.fullmatch(text):
        return None
    return Decimal(re.sub(r"\s", "", text).replace(",", ".").replace("−", "-"))


@dataclass
class Element:
    """What the parser keeps of an open element."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    bold: str = ""

    def has(self, name: str) -> bool:
        return name in self.attributes.get("class", "").split()


@dataclass(frozen=True)
class Number:
    """A number on a page, and the address that it opens."""

    on: str
    href: str
    value: Decimal


@dataclass
class Page(HTMLParser):
    """What a page holds that matters here."""

    address: str
    links: list[str] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    amounts: list[Decimal] = field(default_factory=list)
    next_page: str | None = None
    big: Decimal | None = None
    withheld: int = 0

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = Element(tag, {name: value or "" for name, value in attrs})
        self.withheld = int(one.attributes.get("data-withheld", self.withheld))
        if one.attributes.get("hx-trigger", "").startswith("load") and "hx-get" in one.attributes:
            self._link(one.attributes["hx-get"])
        if self._is_row(tag):
            self.rows.append([])
            if "data-amount" in one.attributes:  # a table whose last column is another one
                self.amounts.append(number_in(one.attributes["data-amount"]) or Decimal(0))
        if tag not in EMPTY:
            self._open.append(one)

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            closed = self._open.pop()
            self._close(closed)
            if closed.tag == tag:
                return

    def handle_data(self, data: str) -> None:
        for one in self._open:
            if one.tag in SAYING:
                one.text += data
                if one.tag == "a" and self._is_in("b") and not self._is_in("small"):
                    one.bold += data

    def _is_in(self, tag: str) -> bool:
        return any(one.tag == tag for one in self._open)

    def _is_row(self, tag: str) -> bool:
        if tag == "li":
            return any("data-list" in one.attributes for one in self._open)
        return tag == "tr" and self._is_in_list()

    def _is_in_list(self) -> bool:
        """Say whether a row stands in a list, and not in what only belongs to a chart."""
        return self._is_in("tbody") and not self._is_in("details")

    def _close(self, one: Element) -> None:
        if one.tag == "a" and "href" in one.attributes and "download" not in one.attributes:
            self._close_link(one)
        if one.tag in ("td", "th") and self._is_in_list() and self.rows:
            self.rows[-1].append(one.attributes.get("data-value", one.text.strip()))
        if one.tag == "b" and any(outer.has("big-number") for outer in self._open):
            self.big = number_in(one.text)

    def _close_link(self, one: Element) -> None:
        href = urljoin(self.address, one.attributes["href"])
        if one.attributes.get("rel") == "next":
            self.next_page = href
        self._link(href)
        said = one.attributes.get("data-number")
        value = number_in(said if said is not None else one.bold or one.text)
        is_a_record = urlsplit(href).path.endswith(f"/{value}")  # named by its number in the list
        if value is not None and not is_a_record:
            self.numbers.append(Number(self.address, href, value))

    def _link(self, href: str) -> None:
        self.links.append(urljoin(self.address, href).split("#")[0])


def shape(address: str) -> str:
    """Give what addresses have in common that differ by a number or a value alone."""
    parts = urlsplit(address)
    names = sorted(name for name, _value in parse_qsl(parts.query))
    return re.sub(r"\d+", "N", parts.path) + "?" + "&".join(names)


@dataclass
class Crawl:
    """A walk through what one person can reach from the menus."""

    client: Any
    pages: dict[str, Page] = field(default_factory=dict)
    closed: list[tuple[str, int]] = field(default_factory=list)  # links that lead nowhere

    def read(self, address: str) -> Page:
        """Read a page, once."""
        if address not in self.pages:
            answer = self.client.get(address, follow_redirects=True)
            page = Page(answer.request.full_path.rstrip("?"))
            if answer.status_code != 200:
                self.closed.append((address, answer.status_code))
            elif answer.mimetype == "text/html":
                page.feed(SILENT.sub("", answer.text))
                page.close()
            self.pages[address] = page
        return self.pages[address]

    def everything(self, start: str = "/") -> Iterator[Page]:
        """Read every page that a link leads to, a few of each shape."""
        waiting, seen, shapes = deque([start]), {start}, Counter[str]()
        while waiting:
            page = self.read(waiting.popleft())
            yield page
            for link in page.links:
                parts = urlsplit(link)
                if link in seen or parts.scheme or parts.path.startswith("/static"):
                    continue
                seen.add(link)
                shapes[shape(link)] += 1
                if shapes[shape(link)] <= OF_A_SHAPE:
                    waiting.append(link)

    def opened(self, number: Number) -> "Opened":
        """Open a number: all pages of the list that it leads to."""
        page = first = self.read(number.href)
        rows, amounts = list(page.rows), list(page.amounts)
        for _ in range(MOST_PAGES):
            if page.next_page is None:
                return Opened(first.big, rows, amounts or None, first.withheld)
            page = self.read(page.next_page)
            rows += page.rows
            amounts += page.amounts
        raise AssertionError(f"{number.href} never ends")


@dataclass(frozen=True)
class Opened:
    """The list that a number opened."""

    big: Decimal | None
    rows: list[list[str]]
    amounts: list[Decimal] | None
    withheld: int

    def explains(self, number: Decimal) -> bool:
        """Say whether the number is the length of the list, or what its rows add up to.

        What the rows say that are withheld nobody can read here; their sum stands above them.
        """
        if self.big is not None and self.big != number:
            return False
        if self.amounts is None and number == len(self.rows) + self.withheld:
            return True
        return self.adds_up(number)

    def adds_up(self, number: Decimal) -> bool:
        """Say whether what the rows amount to, as a rule in their last column, adds up to it."""
        amounts = self.amounts
        if amounts is None:
            amounts = [number_in(row[-1]) or Decimal(0) for row in self.rows if row]
        if self.withheld:
            return bool(self.big == number and sum(amounts) <= number)
        return bool(amounts) and sum(amounts) == number
