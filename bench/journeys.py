"""What is asked of the program: each thing a person does, as the requests of a browser."""

import html
import itertools
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from bench.client import Answer, BadAnswer, Person, Requests
from bench.databases import Board
from bench.words import PLACES, THINGS

_POLL = re.compile(r'hx-get="(/tavle/endringer[^"]*)"')
_MORE = re.compile(r'hx-get="(/tavle/kolonne/[^"]*)"')
_STRIP = re.compile(r'id="strip"[^>]*hx-get="([^"]*)"')


MANY = 200


class World:
    """A seeded board and the people who use it, with the cards that are left to be moved."""

    def __init__(self, board: Board, people: list[Person]) -> None:
        self.board = board
        self.people = people
        self.stages = {key: number for number, key in board.rows("SELECT id, key FROM stages")}
        self.to_move: deque[int] = deque(self.cards_in("idea", "AND problem IS NOT NULL"))
        self.moved: list[int] = []
        self.first_of_case = self.top_of_case = self.cards_in("case")[0]
        self.dropped_before: dict[int, int] = {}
        self.today = datetime.now(ZoneInfo("Europe/Oslo")).date().isoformat()
        self._titles = itertools.count(1)

    def cards_in(self, stage: str, such: str = "") -> list[int]:
        """List the open cards of a column, the first ones first."""
        rows = self.board.rows(
            "SELECT id FROM ideas WHERE stage_id = :stage AND region_id = :region"
            f" AND status = 'open' AND voided_at IS NULL {such} ORDER BY position",
            stage=self.stages[stage], region=self.board.region,
        )  # fmt: skip
        return [row[0] for row in rows]

    @property
    def address(self) -> str:
        return f"/?region={self.board.region}"

    @cached_property
    def page(self) -> str:
        return self.people[0].ask(self.people[0].get(self.address)).text()

    def found(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.search(self.page)
        return html.unescape(match[1]) if match else None

    def poll_address(self) -> str:
        """Give the address that a board that is open now asks for changes."""
        match = _POLL.search(self.people[0].ask(self.people[0].get(self.address)).text())
        if match is None:
            raise BadAnswer("the board does not say where to ask for changes")
        return html.unescape(match[1])

    def board_pages(self, person: Person) -> Requests:
        return itertools.repeat(person.get(self.address))

    def past_boards(self, person: Person) -> Requests:
        """Ask for the board of one past day after the other, so that nothing is asked anew."""
        today = datetime.now(ZoneInfo("Europe/Oslo")).date()
        days = [today - timedelta(days=ago) for ago in range(7, 200, 9)]
        return itertools.cycle([person.get(f"{self.address}&per={day}") for day in days])

    def known_pages(self, person: Person) -> Requests:
        etag = person.ask(person.get(self.address)).header("etag")
        return itertools.repeat(person.get(self.address, etag=etag))

    def next_cards(self, person: Person) -> Requests:
        address = self.found(_MORE)
        return itertools.repeat(person.get(address, htmx=True)) if address else iter(())

    def strips(self, person: Person) -> Requests:
        address = self.found(_STRIP)
        return itertools.repeat(person.get(address, htmx=True)) if address else iter(())

    def card_pages(self, person: Person, *, htmx: bool = False) -> Requests:
        cards = [card for stage in self.stages for card in self.cards_in(stage)[:40]]
        return itertools.cycle([person.get(f"/ideer/{card}", htmx=htmx) for card in cards])

    def cards_over_board(self, person: Person) -> Requests:
        return self.card_pages(person, htmx=True)

    def searches(self, person: Person, *, htmx: bool = False) -> Requests:
        words = [f"{thing}+{place}" for thing in THINGS for place in PLACES]
        return itertools.cycle([person.get(f"{self.address}&q={w}", htmx=htmx) for w in words])

    def searches_on_board(self, person: Person) -> Requests:
        return self.searches(person, htmx=True)

    def common_searches(self, person: Person) -> Requests:
        return itertools.cycle([person.get(f"{self.address}&q={w}", htmx=True) for w in THINGS])

    def searches_of_all(self, person: Person) -> Requests:
        words = [f"{thing}+{place}" for thing in THINGS for place in PLACES[:3]]
        return itertools.cycle([person.get(f"/sok?q={w}", htmx=True) for w in (*words, *THINGS)])

    def polls(self, person: Person) -> Requests:
        return itertools.repeat(person.get(self.poll_address(), htmx=True))

    def moves(self, person: Person) -> Requests:
        """Drop one card after the other from Idé on the top of Case; nobody gets the same one.

        Like a browser it names the card that it saw on the top, though that may change at once.
        """
        while self.to_move:
            card = self.to_move.popleft()
            self.moved.append(card)
            top, self.top_of_case = self.top_of_case, card
            self.dropped_before[card] = top
            yield self.move(person, card, "idea", "case", after_id="", before_id=top)

    def must_succeed(self, answer: Answer) -> None:
        if answer.status != 200:
            raise BadAnswer(f"a change was answered {answer.status}: {answer.words}")

    def move(self, person: Person, card: int, seen: str, to: str, **more: object) -> bytes:
        values = {"to_stage": self.stages[to], "seen_stage": self.stages[seen], **more}
        return person.post(f"/ideer/{card}/flytt", values, htmx=True)

    def moves_back(self, person: Person) -> Requests:
        """Move the cards back by the dialog, with the reason that it asks for."""
        while self.moved:
            card = self.moved.pop()
            self.to_move.append(card)
            yield self.move(person, card, "case", "idea", on=self.today, reason="Målt ferdig")
        self.top_of_case = self.first_of_case

    def bulk_moves(self, person: Person) -> Requests:
        """Move 200 cards at once from Idé to Case, and back with a reason, again and again."""
        cards = list(self.to_move)[:MANY]
        for seen, to in itertools.cycle((("idea", "case"), ("case", "idea"))):
            values = {
                "region": self.board.region, "to_stage": self.stages[to], "on": self.today,
                "kort": [f"{card}:{self.stages[seen]}:" for card in cards],
                "reason": "Målt ferdig" if to == "idea" else "",
            }  # fmt: skip
            yield person.post("/ideer/mange/flytt", values, htmx=True)

    def additions(self, person: Person) -> Requests:
        """Add cards, every other one with a company that is known."""
        names = [row[0] for row in self.board.rows("SELECT name FROM companies LIMIT 50")]
        for nth in self._titles:
            company = names[nth % 50 % len(names)] if nth % 2 else ""
            values = {
                "region": self.board.region, "title": f"Ny idé {nth}", "company": company,
            }  # fmt: skip
            yield person.post("/ideer/ny", values, htmx=True)

    def visit_lists(self, person: Person) -> Requests:
        return itertools.repeat(person.get(f"/besok?region={self.board.region}"))

    def narrowed_visits(self, person: Person) -> Requests:
        address = f"/besok?region={self.board.region}&hvem=mine&type=telephone&q="
        return itertools.cycle([person.get(f"{address}{place}") for place in PLACES])

    def pages_of_much_visited(self, person: Person) -> Requests:
        company = self.board.rows(
            "SELECT company_id FROM visits GROUP BY company_id ORDER BY count(*) DESC LIMIT 1"
        )[0][0]
        pages = (f"/bedrifter/{company}", f"/bedrifter/{company}/besok")
        return itertools.cycle([person.get(page) for page in pages])

    def goal_lists(self, person: Person) -> Requests:
        return itertools.repeat(person.get(f"/mal?region={self.board.region}"))

    def goal_pages(self, person: Person) -> Requests:
        goals = self.board.rows(
            "SELECT id FROM goals WHERE region_id = :region", region=self.board.region
        )
        return itertools.cycle([person.get(f"/mal/{row[0]}") for row in goals])

    def analysis_of(self, part: str) -> Callable[[Person], Requests]:
        address = f"/analyse{part}?region={self.board.region}"
        return lambda person: itertools.repeat(person.get(address))

    def logged_visits(self, person: Person) -> Requests:
        """Log visits to known companies, every fourth with an idea."""
        companies = [row[0] for row in self.board.rows("SELECT id FROM companies LIMIT 50")]
        for nth in self._titles:
            values = {
                "region": self.board.region, "company_id": companies[nth % len(companies)],
                "kind": "visit", "occurred_on": self.today, "about": "Snakket om flis.",
                "idea_title": "" if nth % 4 else f"Idé fra besøk {nth}",
                "client_key": f"{id(person)}-{nth}", "promise_what": "Send tilbud",
                "promise_due_on": self.today, "promise_responsible_id": "",
            }  # fmt: skip
            yield person.post("/besok", values, htmx=True)


@dataclass(frozen=True)
class Journey:
    """One thing that is measured."""

    key: str
    label: str
    requests: Callable[[World, Person], Iterator[bytes]]
    status: int = 200
    is_finite: bool = False  # there are only so many cards to move


# Not repeated for seconds by several at once: its time is a check, its statements are counted.
BULK = Journey("bulk", f"move {MANY} cards at once", World.bulk_moves)
JOURNEYS = (
    Journey("board", "board page", World.board_pages),
    Journey("board_304", "board page, nothing changed (ETag)", World.known_pages, 304),
    Journey("board_past", "board as of past days", World.past_boards),
    Journey("column", "a column's next 50", World.next_cards),
    Journey("strip", "goal strip", World.strips),
    Journey("card", "card page", World.card_pages),
    Journey("card_htmx", "card over the board", World.cards_over_board),
    Journey("search", "text search, asked by htmx", World.searches_on_board),
    Journey("search_page", "text search, whole page", World.searches),
    Journey("search_common", "text search, a word of every 20th card", World.common_searches),
    Journey("search_all", "search over everything (Ctrl+K)", World.searches_of_all),
    Journey("poll", "idle poll", World.polls, 304),
    Journey("move", "move a card", World.moves, is_finite=True),
    Journey("add", "new card", World.additions),
    Journey("visits", "visits list (10 visits for each card)", World.visit_lists),
    Journey("visits_narrowed", "visits list, narrowed three ways", World.narrowed_visits),
    Journey("company", "company with 500 visits: overview and visits", World.pages_of_much_visited),
    Journey("log_visit", "log a visit", World.logged_visits),
    Journey("goals", "goals of a region", World.goal_lists),
    Journey("goal", "goal page", World.goal_pages),
    *(
        Journey(key, label, lambda world, person, part=part: world.analysis_of(part)(person))
        for key, label, part in (
            ("flow", "analysis: flow", ""),
            ("stays", "analysis: time in stage", "/tid"),
            ("ageing", "analysis: ageing", "/alder"),
            ("cohorts", "analysis: cohorts", "/kull"),
            ("origins", "analysis: origin and stops", "/opphav"),
            ("places", "analysis: places", "/steder"),
        )
    ),
)
