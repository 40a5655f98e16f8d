"""Print figures beside their targets."""

from bench.databases import Board
from bench.measure import Figures
from bench.targets import TARGETS, Target


def print_figures(board: Board, figures: Figures) -> None:
    """Print one journey on one board."""
    f = figures
    queries = "" if f.queries is None else f"{f.queries:>3} SQL"
    print(
        f"{board.kind:>10} {board.cards:>6}  {f.label:<38}{f.median:>8.2f} ms{f.p95:>9.2f} p95"
        f"{f.per_second:>8.0f}/s  {queries:>7} {f.packed:>7} B packed {f.raw:>7} raw"
        f"  x{f.ratio:.1f} bare, x{f.ratio_at_once:.1f} at once"
        f"  refused {f.refused}  clients {f.own_us:.0f} us  {verdict(f, board.cards)}",
        flush=True,
    )


def verdict(figures: Figures, cards: int) -> str:
    """Say which targets were reached and which were missed."""
    target = TARGETS.get(figures.key, Target())
    told = []
    if target.median is not None and (not target.median_at or cards in target.median_at):
        told.append(_judge(figures.median <= target.median, f"<= {target.median:g} ms"))
    if target.per_second is not None and cards == target.per_second_at:
        told.append(_judge(figures.per_second >= target.per_second, f">= {target.per_second:g}/s"))
    if target.packed is not None and cards == target.packed_at:
        told.append(_judge(figures.packed <= target.packed, f"<= {target.packed} B"))
    if target.queries is not None and figures.queries is not None:
        told.append(_judge(figures.queries <= target.queries, f"<= {target.queries} SQL"))
    return "  ".join(told)


def _judge(is_reached: bool, what: str) -> str:
    return f"{'ok' if is_reached else 'MISSED'} {what}"
