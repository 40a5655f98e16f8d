"""Write visits: log them, correct them, take them back."""

from incubator.visits.operations.correcting import (
    COUNTED,
    TookPart,
    add_idea,
    correct_visit,
    share_notes,
    void_visit,
)
from incubator.visits.operations.logging import EARLIEST, Entry, Logged, Promise, log_visit
from incubator.visits.operations.undoing import take_back

__all__ = [
    "COUNTED",
    "EARLIEST",
    "Entry",
    "Logged",
    "Promise",
    "TookPart",
    "add_idea",
    "correct_visit",
    "log_visit",
    "share_notes",
    "take_back",
    "void_visit",
]
