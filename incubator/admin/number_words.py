"""The settings that are numbers, by page: what each is called and what it does."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from incubator.reference import numbers
from incubator.reference.numbers import Number


@dataclass(frozen=True)
class Group:
    """A page of numbers."""

    title: Any
    text: Any
    fields: tuple[tuple[Number, Any, Any], ...]  # the number, its label, what it does
    notes: tuple[Any, ...] = ()


GROUPS = {
    "sma-tall": Group(
        _l("Small numbers"),
        _l("When a number is too small to be told, or to make a share of."),
        (
            (numbers.SHARES_FROM, _l("Percentages are shown from so many"),
             _l("With fewer behind it the analysis shows the count and no share.")),
            (numbers.TOLD_FROM, _l("Counts are told to partners from so many"),
             _l("Holds where the agreement says that small counts are not told. Totals from "
                "which one could work them out are rounded to whole fives.")),
        ),
        (_l("Reports that were approved stay as they were told."),),
    ),
    "lagringstid": Group(
        _l("Retention"),
        _l("How long what nobody needs any more is kept. The worker deletes it each night."),
        (
            (numbers.CONTACT_MONTHS, _l("Contacts: months without activity before they are listed"),
             _l("They stand under Privacy, where a person decides; nothing is deleted by itself.")),
            (numbers.MAIL_MONTHS, _l("Mail: months after it left"),
             _l("Text, attachments and attempts. Reports to partners stay with their delivery.")),
            (numbers.SIGN_IN_DAYS, _l("Sign-ins: days after they were over"),
             _l("Which browser, from when to when.")),
            (numbers.WEBHOOK_DAYS, _l("Webhook messages: days after they were taken or given up"),
             _l("Which address was told of which change.")),
            (numbers.UPLOAD_DAYS, _l("Uploaded files: days before the import is done"),
             _l("What was imported stays; the file itself goes.")),
        ),
        (
            _l("Failed sign-ins are forgotten within a day, answers to programs after seven."),
            _l("The log of changes, counts, dates and awards stay. Whom it names is erased one "
               "by one under Privacy."),
            _l("What is deleted stands in backups until they are overwritten."),
        ),
    ),
    "api": Group(
        _l("API"),
        _l("How often programs may ask, and how long their keys last."),
        (
            (numbers.API_PER_MINUTE, _l("Requests a minute with one key"),
             _l("Whoever asks more often is told when to come back.")),
            (numbers.API_KEY_DAYS, _l("A new key lasts for so many days"),
             _l("What is proposed when somebody makes a key.")),
            (numbers.API_KEY_LONGEST_DAYS, _l("A key lasts for at most so many days"),
             _l("Keys that exist already keep their last day.")),
        ),
    ),
}  # fmt: skip
LABELS = {number.key: label for group in GROUPS.values() for number, label, _text in group.fields}
