"""Print figures beside the figures to reach."""

from collections.abc import Iterable
from typing import Any

from bench.measure import Figures
from bench.targets import PAST_BOARD, TARGETS, Finding, Target

YES, NO = "reached", "MISSED"
HEAD = (
    f"{'':<42}{'median':>9}{'p95':>9}{'4 clients':>11}{'busy':>9}{'x bare':>13}{'SQL':>5}"
    f"{'bytes packed / raw':>20}   to reach"
)


def print_head(database: str, cards: int, load: float) -> None:
    """Print what a block of figures is about."""
    print(f"\n{database}, {cards:,} cards   (load of the machine before: {load:.1f})")
    print(HEAD, flush=True)


def print_figures(figures: Figures, cards: int) -> None:
    """Print one journey."""
    f = figures
    told = "  ".join(f"{each.target} {_word(each)}" for each in judge(f, cards))
    refused = f"  {f.refused} REFUSED" if f.refused else ""
    print(
        f"{f.label:<42}{f.median:>6.2f} ms{f.p95:>6.1f} ms{f.per_second:>9.0f}/s"
        f"{f.busy_ms:>6.2f} ms"
        f"{f.ratio:>7.1f}{f.ratio_at_once:>6.1f}{'' if f.queries is None else f.queries:>5}"
        f"{f.packed:>12,} /{f.raw:>8,}   {told}{refused}",
        flush=True,
    )


def print_findings(findings: Iterable[Finding]) -> None:
    """Print what was found beside the figures."""
    for each in findings:
        note = f"   ({each.note})" if each.note else ""
        print(f"{each.label:<66}{each.value!s:>14}   {each.target} {_word(each)}{note}", flush=True)


def _word(finding: Finding) -> str:
    return {True: YES, False: NO, None: ""}[finding.is_reached]


def judge(figures: Figures, cards: int) -> list[Finding]:
    """Hold one journey against what is asked of it at this size."""
    f, target = figures, TARGETS.get(figures.key, Target())
    found = []
    if target.median is not None and (not target.median_at or cards in target.median_at):
        found.append(_most(f"{f.label}: median", f.median, target.median, " ms"))
    if target.per_second is not None and cards == target.per_second_at:
        found.append(
            Finding(f"{f.label}: 4 clients", round(f.per_second),
                    f.per_second >= target.per_second and not f.refused,
                    f">= {target.per_second:g}/s")
        )  # fmt: skip
    if target.packed is not None and cards == target.packed_at:
        found.append(_most(f"{f.label}: compressed", f.packed, target.packed, " B"))
    if target.queries is not None and f.queries is not None:
        found.append(_most(f"{f.label}: SQL", f.queries, target.queries, " SQL"))
    return found


def judge_past(journeys: list[dict[str, Any]]) -> list[Finding]:
    """Hold the board of past days against that of today, where both were measured."""
    medians = {each["key"]: each["median"] for each in journeys}
    if not {"board", "board_past"} <= medians.keys():
        return []
    times = medians["board_past"] / medians["board"]
    return [_most("board as of past days: times the board of today", times, PAST_BOARD, " x")]


def _most(label: str, value: float, most: float, unit: str) -> Finding:
    return Finding(label, round(value, 2), value <= most, f"<= {most:g}{unit}")


def print_flatness(boards: list[dict[str, Any]]) -> None:
    """Print each journey's median and statements over the sizes: both shall stay the same."""
    sizes = sorted({board["cards"] for board in boards})
    if len(sizes) < 2:
        return
    print("\nOver the sizes: median in ms (statements) at", ", ".join(f"{s:,}" for s in sizes))
    for database in dict.fromkeys(board["database"] for board in boards):
        mine = {board["cards"]: board for board in boards if board["database"] == database}
        labels = dict.fromkeys(j["label"] for board in mine.values() for j in board["journeys"])
        for label in labels:
            cells = [_cell(mine.get(size), label) for size in sizes]
            print(f"{database:<11}{label:<42}" + "".join(f"{cell:>14}" for cell in cells))


def _cell(board: dict[str, Any] | None, label: str) -> str:
    found = [j for j in (board or {"journeys": []})["journeys"] if j["label"] == label]
    return f"{found[0]['median']:.2f} ({found[0]['queries']})" if found else "-"


def print_own_cost(boards: list[dict[str, Any]]) -> None:
    """Print what the clients themselves took of the two cores."""
    costs = [j["own_us"] for board in boards for j in board["journeys"]]
    if costs:
        low, high = min(costs), max(costs)
        print(f"\nThe clients took {low:.0f} to {high:.0f} µs of processor time for a request.")


def print_missed(missed: list[tuple[str, Finding]]) -> None:
    """Print, last of all, what was not reached."""
    print(f"\nNot reached: {len(missed) or 'nothing; everything was reached'}")
    for where, each in missed:
        print(f"  {where}: {each.label} {each.value} (asked: {each.target or 'all'})")
