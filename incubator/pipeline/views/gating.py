"""The dialog of a move of many cards: what is asked of all of them, and of each."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from flask import request
from flask_babel import gettext as _

from incubator.accounts import queries as accounts
from incubator.core import clock, db
from incubator.core.errors import RuleBroken
from incubator.core.formats import day as write_day
from incubator.core.refusals import sentence
from incubator.funding import queries as funding
from incubator.ideas.models import Idea
from incubator.pipeline.bulk import FOR_ALL
from incubator.pipeline.forms import ASKED_BY, MoveForm
from incubator.pipeline.forms_many import ManyMoveForm
from incubator.pipeline.operations import Answers

# A number is one company's and a founder one idea's: nobody fills those in once for all.
OF_ONE = frozenset({"orgnr", "founder"})
ALL, ONE = "alle-", "k{}-"


@dataclass(frozen=True)
class Asked:
    """What is asked of one card."""

    id: int
    title: str
    form: MoveForm
    names: Sequence[str]


class Gating:
    """What the dialog asks, what was answered, and what is wrong with it."""

    def __init__(self, region_id: int, cards: Sequence[Idea]) -> None:
        self._region_id = region_id
        self._cards = cards
        self.form = ManyMoveForm(on=clock.today())
        self.shared = MoveForm(prefix=ALL, meta={"csrf": False})
        self.shared_names = _posted(ALL)
        self._each = {
            card.id: (MoveForm(prefix=prefix, meta={"csrf": False}), names)
            for card in cards
            if (names := _posted(prefix := ONE.format(card.id)))
        }
        self.asks_why = "reason" in request.form
        self._give_choices()

    @property
    def forms(self) -> list[Any]:
        """Give all forms of the dialog, for the summary of what is wrong."""
        return [self.form, self.shared, *(form for form, _names in self._each.values())]

    @property
    def each(self) -> list[Asked]:
        """Give what is asked of single cards, in their order."""
        return [
            Asked(card.id, card.title, *self._each[card.id])
            for card in self._cards
            if card.id in self._each
        ]

    def validate(self) -> bool:
        """Say whether all that was typed has the shape that it needs."""
        return not [form for form in self.forms if not form.validate()]

    def answers(self) -> dict[int, Answers]:
        """Give the answers for each card: its own, else those that hold for all."""
        for_all = replace(self.shared.answers(), reason="")
        found = {}
        for card in self._cards:
            own = self._each[card.id][0].answers() if card.id in self._each else Answers()
            given = {
                one.name: value
                for one in fields(own)
                if (value := getattr(own, one.name)) not in (None, "")
            }
            found[card.id] = replace(for_all, **given)
        return found

    def ask(self, asked: dict[int, RuleBroken]) -> None:
        """Ask for what the gates need, with an error beside what was shown already."""
        late = []
        for idea_id, no in asked.items():
            if idea_id == FOR_ALL or "reason" in no.fields:
                self._ask_why(no)
            elif "on" in no.fields:
                late.append((idea_id, no))
            else:
                self._ask_one(idea_id, no)
        if late:
            self._tell_of_dates(late)
        self._share()
        self._give_choices()

    over: Any = None  # the limit, and how many stand there, where it asks for a reason
    _asks = False

    def _ask_why(self, no: RuleBroken) -> None:
        if no.code == "over_limit":
            self.form.reason.label.text = _("Why more than the limit of %(limit)s?", **no.details)
        elif not self.asks_why:
            self.form.reason.label.text = _("Why do they go back?")
        if self.asks_why and not self.form.reason.errors:
            self.form.add_error("reason", sentence(no.code, no.details))
        self.over = no.details if no.code == "over_limit" else self.over
        self._asks = True

    def _tell_of_dates(self, late: Sequence[tuple[int, RuleBroken]]) -> None:
        code = late[0][1].code
        if code != "before_latest_event":
            self.form.add_error("on", sentence(code, late[0][1].details))
            return
        cards = {card.id: card for card in self._cards}
        those = ", ".join(
            f"{cards[n].title} ({write_day(cards[n].latest_on)})" for n, _no in late[:5]
        )
        told = _("The date is before the latest that happened to %(cards)s.", cards=those)
        self.form.add_error("on", told)

    def _ask_one(self, idea_id: int, no: RuleBroken) -> None:
        form, shown = self._each.get(idea_id) or (
            MoveForm(prefix=ONE.format(idea_id), formdata=None, meta={"csrf": False}), [],
        )  # fmt: skip
        text = _("This is needed here.")
        if no.code != "gate_incomplete":
            text = sentence(no.code, no.details)
        names = list(shown)
        for need in no.fields:
            by = ASKED_BY.get(need, (need,))
            if shared := [name for name in by if name in self.shared_names]:
                if not self.shared[shared[0]].errors:
                    self.shared.add_error(shared[0], text)
            elif set(by) & set(shown) or no.code != "gate_incomplete":
                form.add_error(by[0], text)
            names += [name for name in by if name not in names]
        self._each[idea_id] = (form, names)

    def _share(self) -> None:
        """Let what is asked of several be answered once for all of them."""
        asked = [name for _form, names in self._each.values() for name in names]
        several = {name for name in asked if asked.count(name) > 1} - OF_ONE
        every = dict.fromkeys((*self.shared_names, *asked))
        self.shared_names = [n for n in every if n in several or n in self.shared_names]

    def _give_choices(self) -> None:
        forms = [(self.shared, self.shared_names), *self._each.values()]
        names = {name for _form, shown in forms for name in shown}
        people = accounts.owner_choices(db.session, self._region_id) if "owner_id" in names else []
        schemes = funding.instrument_choices(db.session) if "instrument_id" in names else []
        for form, _shown in forms:
            form.owner_id.choices = [("", ""), *people]
            form.instrument_id.choices = [("", ""), *schemes]
        self.asks_why = self.asks_why or self._asks


def _posted(prefix: str) -> list[str]:
    """Give the fields that the dialog showed already."""
    return [name.removeprefix(prefix) for name in request.form if name.startswith(prefix)]
