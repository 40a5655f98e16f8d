"""Where ideas come from, and where they stop and why."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from incubator.analysis import charts, queries, rows
from incubator.analysis.figure import Figure, Reader, counted, part_of
from incubator.analysis.look import Look
from incubator.analysis.rows import NONE, UNKNOWN, Row
from incubator.companies.forms import SECTION_LABELS
from incubator.core.texts import sort_key
from incubator.reference.models import Municipality, Organisation

VISIT, SECTION, MUNICIPALITY, ORGANISATION = range(4)


def figures(session: Session, reader: Reader, look: Look) -> list[Figure]:
    """Count the ideas of the span by origin, and the stops of the span by stage and reason."""
    found = rows.origins(queries.origins(session, look))
    municipalities = _named(session, Municipality, found, MUNICIPALITY)
    organisations = _named(session, Organisation, found, ORGANISATION)
    sections = {
        key: f"{key} – {SECTION_LABELS[key]}" for key in sorted(_keys(found, SECTION))
        if key in SECTION_LABELS
    }  # fmt: skip
    unknown = {UNKNOWN: _("Unknown")}
    parts = [
        _by(found, VISIT, "besok", _("Where ideas come from"), _("Origin"), look,
            {"1": _("A company visit"), "0": _("Something else")},
            _("Ideas that were registered in the period, by whether they came up at a visit.")),
        _by(found, SECTION, "naering", _("By the company's industry"), _("Industry"), look,
            sections | {NONE: _("No company")} | unknown),
        _by(found, MUNICIPALITY, "i_kommune", _("By municipality"), _("Municipality"), look,
            municipalities | unknown),
        _by(found, ORGANISATION, "organisasjon", _("By who visited"), _("Visitor's organisation"),
            look, organisations | {NONE: _("Not from a visit")} | unknown),
    ]  # fmt: skip
    return [*parts, *_stops(session, reader, look)]


def _keys(found: Sequence[Row], nth: int) -> set[str]:
    return {row.keys[nth] for row in found}


def _named(
    session: Session, table: type[Municipality] | type[Organisation], found: Sequence[Row], nth: int
) -> dict[str, str]:
    names = queries.names(session, table, sorted(_keys(found, nth)))
    return dict(sorted(names.items(), key=lambda item: sort_key(item[1])))


def _by(
    found: Sequence[Row], nth: int, asked: str, title: str, head: str, look: Look,
    names: Mapping[str, str], how: str = "",
) -> Figure:  # fmt: skip
    tally = Counter(row.keys[nth] for row in found)
    shown = {key: label for key, label in names.items() if tally[key] or asked == "besok"}
    return _figure(
        asked, title, head, how, shown, tally,
        lambda key: look.rows("opphav", **{asked: key}), look.rows("opphav"), look,
    )  # fmt: skip


def _figure(
    key: str, title: str, head: str, how: str, names: Mapping[str, str], tally: Counter[str],
    address: Callable[[str], str], address_of_all: str, look: Look,
) -> Figure:  # fmt: skip
    whole = tally.total()
    table = [
        (label, [part_of(tally[one], address(one), whole, look)]) for one, label in names.items()
    ]
    values = [{"label": label, "value": tally[one]} for one, label in names.items()]
    all_of_them = [(_("All together"), [counted(whole, address_of_all)])]
    return Figure(
        key, title, how, [head, _("Ideas")], table + all_of_them,
        charts.bars(_("Ideas"), values, list(names.values())),
    )  # fmt: skip


def _stops(session: Session, reader: Reader, look: Look) -> list[Figure]:
    words = queries.reasons(session, look) if reader.sees_text else {}
    found = list(rows.stopped(queries.courses(session, look), look, words))
    stages = {str(stage.id): stage.label(reader.viewer.locale) for stage in reader.stages}
    tally = Counter(row.keys[0] for row in found)
    parts = [
        _figure(
            "stopp", _("Where ideas stop"), _("Stage"),
            _("Ideas that were stopped in the period and still are, by the stage they stood in. "
              "One that was opened again is not counted. Stopping early is a result too."),
            stages, tally, lambda key: look.rows("stopp", fase=key), look.rows("stopp"),
            look,
        )
    ]  # fmt: skip
    if reader.sees_text:
        parts.append(_reasons(found, words, look))
    return parts


def _reasons(found: Sequence[Row], words: Mapping[int, str], look: Look) -> Figure:
    """List the reasons that were given, the most frequent first; the rest as one line."""
    tally = Counter(row.keys[1] for row in found)
    whole = tally.total()
    common = rows.most_common(tally)
    cells: list[tuple[str, list[Any]]] = [
        (
            words.get(int(key), "") if key != UNKNOWN else _("Unknown"),
            [part_of(tally[key], look.rows("stopp", grunn=key), whole, look)],
        )
        for key in common
    ]
    if others := whole - sum(tally[key] for key in common):
        cells.append(
            (_("Other words"), [part_of(others, look.rows("stopp", grunn=rows.OTHER), whole, look)])
        )
    return Figure(
        "grunn", _("Why they stop"),
        _("The reasons as they were written; the same words count together."),
        [_("Reason"), _("Ideas")], cells,
    )  # fmt: skip
