"""What the analysis shows, counted by hand from whole tables in plain Python.

Nothing here asks the program: each day is gone through on its own, which is slow and simple.
"""

from collections import Counter, defaultdict
from datetime import date, timedelta

from tests.goals.brute_force import by, read


class ByHand:
    """All ideas of a region with their standing facts."""

    def __init__(self, connection, region_id, municipality_id=None):
        self.ideas = [
            row
            for row in read(connection, "ideas")
            if row["voided_at"] is None
            and row["region_id"] == region_id
            and (municipality_id is None or row["municipality_id"] == municipality_id)
        ]
        self.stages = by(self._standing(connection, "stage_events"), "idea_id")
        self.statuses = by(self._standing(connection, "status_events"), "idea_id")
        self.met = {
            row["idea_id"]: row["visit_id"] for row in self._standing(connection, "visit_ideas")
        }
        self.visits = {row["id"]: row for row in self._standing(connection, "visits")}
        self.companies = {row["id"]: row for row in read(connection, "companies")}

    def _standing(self, connection, table):
        return [row for row in read(connection, table) if row["voided_at"] is None]

    def _latest(self, events, day):
        mine = [event for event in events if event["occurred_on"] <= day]
        return max(mine, key=lambda event: (event["occurred_on"], event["nth"]), default=None)

    def state(self, idea, day):
        """Give stage event and status event that hold when a day ends, or None."""
        stage = self._latest(self.stages.get(idea["id"], []), day)
        status = self._latest(self.statuses.get(idea["id"], []), day)
        return (stage, status) if stage and status else None

    def name(self, idea, day):
        state = self.state(idea, day)
        if state is None:
            return None
        stage, status = state
        return str(stage["stage_id"]) if status["status"] == "open" else status["status"]

    def flow(self, day):
        found = Counter(self.name(idea, day) for idea in self.ideas)
        del found[None]
        return found

    def stays(self, as_of):
        """Give (idea, stage, open days, the day it was over): day by day, whoever was where."""
        for idea in self.ideas:
            events = self.stages.get(idea["id"], [])
            if not events:
                continue
            day = min(event["occurred_on"] for event in events)
            opened, last_open = defaultdict(int), {}
            while day <= as_of:
                state = self.state(idea, day)
                if state and state[1]["status"] == "open":
                    stage = state[0]
                    opened[stage["id"], stage["stage_id"]] += day < as_of
                    last_open[stage["id"], stage["stage_id"]] = day
                day += timedelta(days=1)
            for key, days in opened.items():
                over = last_open[key] + timedelta(days=1)
                yield idea, key[1], days, over if over <= as_of else None

    def registered(self, first, last):
        return [idea for idea in self.ideas if first <= idea["registered_on"] <= last]

    def reached(self, idea, as_of):
        events = self.stages.get(idea["id"], [])
        return {event["stage_id"] for event in events if event["occurred_on"] <= as_of}

    def origin(self, idea):
        visit = self.visits.get(self.met.get(idea["id"]))
        company = self.companies.get(idea["company_id"])
        section = (company["industry_section"] or "ukjent") if company else "ingen"
        return visit, section, str(idea["municipality_id"] or "ukjent")

    def stopped(self, first, last, as_of):
        """Give (stage, reason) of the ideas stopped in a period and still so on a day."""
        for idea in self.ideas:
            state = self.state(idea, as_of)
            if state and state[1]["status"] == "stopped":
                stage, status = state
                if first <= status["occurred_on"] <= last:
                    yield stage["stage_id"], status["reason"]


def month_ends(first: date, last: date) -> list[date]:
    day, found = first, []
    while day <= last:
        after = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        found.append(min(after - timedelta(days=1), last))
        day = after
    return found
