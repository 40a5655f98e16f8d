"""Write follow-ups: promise, keep, change; and what a person is told of them, and where."""

from incubator.followups.operations.feeds import (
    choose_digest,
    hash_of,
    make_feed,
    revoke_feed,
    stop_digest,
)
from incubator.followups.operations.steps import (
    EDITABLE,
    Next,
    edit,
    finish,
    hand_over,
    move,
    promise,
    promise_for_all,
    promise_for_company,
    promise_next,
    promise_to_company,
    refresh_next_step,
    remove,
)

__all__ = [
    "EDITABLE",
    "Next",
    "choose_digest",
    "edit",
    "finish",
    "hand_over",
    "hash_of",
    "make_feed",
    "move",
    "promise",
    "promise_for_all",
    "promise_for_company",
    "promise_next",
    "promise_to_company",
    "refresh_next_step",
    "remove",
    "revoke_feed",
    "stop_digest",
]
