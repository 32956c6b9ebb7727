"""A figure that was measured, beside what it is measured against, and a table of several."""

from collections.abc import Iterable
from dataclasses import dataclass


class NotSeen(Exception):
    """What must have happened was not seen, so what was counted says nothing; the message says what."""


@dataclass(frozen=True, slots=True)
class Figure:
    """
    One figure of ours.

    *target* is the most that may come out: so many times the *baseline* (*against* says whose that is), or where there is
    none, so much of *ours* itself. What has no target is only told.
    """

    name: str
    unit: str  # of ours and of the baseline, as "ms" or "MB"
    ours: float
    against: str = ""
    baseline: float | None = None
    target: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the baseline ours is; None without one."""
        return self.ours / self.baseline if self.baseline else None

    @property
    def is_met(self) -> bool:
        """Whether the target is met; what has none cannot miss it, and nothing meets it beside a baseline of nothing."""
        if self.target is None:
            return True
        if self.baseline is None:
            return self.ours <= self.target
        return self.ratio is not None and self.ratio <= self.target


def table(figures: Iterable[Figure]) -> str:
    """Write *figures* as a table for a terminal."""
    listed = list(figures)
    width = max((len(figure.name) for figure in listed), default=0)
    rows = [f"{'':{width}} {'ours':>13} {'baseline':>13}    {'of':24} {'ratio':>6} {'target':>7}"]
    rows += [
        f"{figure.name:{width}} {_number(figure.ours):>7} {figure.unit:5} {_number(figure.baseline):>7} "
        f"{figure.unit if figure.against else '':5}    {figure.against:24} {_share(figure.ratio):>6} "
        f"{_share(figure.target):>7}{'' if figure.is_met else '  missed'}"
        for figure in listed
    ]
    return "\n".join(row.rstrip() for row in rows)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
