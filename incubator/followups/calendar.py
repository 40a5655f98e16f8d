"""Write a person's follow-ups and deadlines as iCalendar (RFC 5545), for Outlook, Google and Apple.

A promise has a day and no hour, so it is an event of the whole day: that is what all three
show, where none of them shows a task in a calendar that is subscribed to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Alarm, Calendar, Event

from incubator.core.clock import OSLO
from incubator.followups.queries import Item

LOOK_BACK = timedelta(days=365)
ALARM_AT = time(9)
RELOAD_AFTER = timedelta(hours=1)
PRODUCT = "-//Ideloypa//Follow-ups//NO"


@dataclass(frozen=True)
class Words:
    """What a calendar says in the language of its person."""

    name: str
    idea: str
    company: str


def write(items: Sequence[Item], words: Words, site: str, today: date) -> bytes:
    """Give the calendar of some items, in the language that is spoken now."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", words.name)
    calendar.add("x-wr-calname", words.name)
    calendar.add("refresh-interval", RELOAD_AFTER, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for item in items:
        calendar.add_component(_event(item, words, site, today))
    written: bytes = calendar.to_ical()
    return written


def _event(item: Item, words: Words, site: str, today: date) -> Event:
    address = f"{site}{item.path}/{item.id}"
    event = Event()
    event.add("uid", uid_of(item))
    event.add("dtstamp", item.changed_at)
    event.add("created", item.recorded_at)
    event.add("last-modified", item.changed_at)
    event.add("sequence", item.revision)
    event.add("dtstart", item.due_on)
    event.add("dtend", item.due_on + timedelta(days=1))
    event.add("summary", f"{_what(item)} ({item.company})" if item.company else _what(item))
    event.add("description", _description(item, words, address))
    event.add("url", address)
    event.add("transp", "TRANSPARENT")  # one is not busy all day
    event.add("class", "PRIVATE")
    if item.due_on >= today:  # else a new subscription would ring for all that is overdue
        event.add_component(_alarm(item))
    return event


def _what(item: Item) -> str:
    return f"{item.label}: {item.what}" if item.label else item.what


def uid_of(item: Item) -> str:
    """Give what a calendar program knows an item by, whatever is changed in it."""
    return f"{item.kind}-{item.id}-{item.recorded_at:%Y%m%dT%H%M%SZ}@ideloypa.local"


def _description(item: Item, words: Words, address: str) -> str:
    lines = (
        f"{words.idea}: {item.idea}" if item.idea else "",
        f"{words.company}: {item.company}" if item.company else "",
        address,
    )
    return "\n".join(line for line in lines if line)


def _alarm(item: Item) -> Alarm:
    """Ring at nine in Norway, as an instant.

    A time after midnight would ring at ten or at eight on the days on which the clock is changed.
    """
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _what(item))
    rings_at = datetime.combine(item.due_on, ALARM_AT, OSLO).astimezone(UTC)
    alarm.add("trigger", rings_at, parameters={"VALUE": "DATE-TIME"})
    return alarm
