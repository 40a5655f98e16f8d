"""Find the municipality that a list means: the region's first, then all others."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from incubator.core.texts import fold
from incubator.reference.models import Municipality
from incubator.transfer.values import Place

_QUALIFIED = re.compile(r"(?P<name>.+?)\s*\((?P<county>[^)]*)\)")


class Located(NamedTuple):
    """A municipality, none if it cannot be told, and what to notice about it."""

    municipality_id: int | None
    warning: str | None


class Places:
    """All municipalities by number and by name, with those of one region marked.

    Two are called Våler: the official names say which by a county in brackets, lists seldom do.
    """

    def __init__(self, all_of_them: Iterable[Municipality], inside: Collection[int]) -> None:
        self._inside = inside
        self._by_id = {one.id: one for one in all_of_them}
        self._by_number: defaultdict[str, list[Municipality]] = defaultdict(list)
        self._by_name: defaultdict[str, list[Municipality]] = defaultdict(list)
        self._located: dict[Place, Located] = {}
        for one in self._by_id.values():
            self._by_number[one.number].append(one)
            for name in {fold(one.name), _bare(one.name)}:
                self._by_name[name].append(one)

    def locate(self, place: Place) -> Located:
        """Find a place; an old number or name leads to what the municipality is today."""
        if place not in self._located:
            self._located[place] = self._locate(place)
        return self._located[place]

    def _locate(self, place: Place) -> Located:
        found = self._today(self._candidates(place))
        inside = [number for number in found if number in self._inside]
        if inside:
            return Located(inside[0], None)
        if len(found) == 1:
            return Located(found[0], "outside_region")
        return Located(None, "many_municipalities" if found else "unknown_municipality")

    def _candidates(self, place: Place) -> list[Municipality]:
        by_number = self._by_number.get(place.number or "", [])
        if by_number or not place.name:
            return by_number
        if place.county:
            exact = self._by_name.get(fold(f"{place.name} ({place.county})"), [])
            if exact:
                return exact
        named = self._by_name.get(fold(place.name), [])
        # A name that is in use means the one that bears it today, not one that gave it up.
        return [one for one in named if one.valid_to is None] or named

    def _today(self, found: Iterable[Municipality]) -> list[int]:
        return list(dict.fromkeys(self._successor(one).id for one in found))

    def _successor(self, one: Municipality) -> Municipality:
        while one.valid_to is not None and one.successor_id in self._by_id:
            one = self._by_id[one.successor_id]
        return one


def _bare(name: str) -> str:
    qualified = _QUALIFIED.fullmatch(name)
    return fold(qualified["name"] if qualified else name)
