"""Which traffic rules are about, whatever their sources: to leave aside those that a question does not touch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.core.address_sets import Intervals, holds, merged
from bot.core.exposure import points_of
from bot.core.rules import ALL_PROTOCOLS, Rule


@dataclass(frozen=True, slots=True)
class Traffic:
    """Points of the lines of protocols; *is_all* stands for each point of every line."""

    lines: Mapping[str, Intervals]
    is_all: bool = False

    def __bool__(self) -> bool:
        return self.is_all or bool(self.lines)

    def touches(self, rule: Rule) -> bool:
        """Tell whether *rule* is about any of it."""
        if self.is_all or rule.protocol == ALL_PROTOCOLS:
            return bool(self)
        first, last = points_of(rule)
        return any(start <= last and first <= end for start, end in self.lines.get(rule.protocol, ()))

    def is_within(self, rule: Rule) -> bool:
        """Tell whether *rule* is about all of it."""
        if rule.protocol == ALL_PROTOCOLS:
            return True
        whole = (points_of(rule),)
        return not self.is_all and all(
            protocol == rule.protocol and all(holds(whole, points) for points in line)
            for protocol, line in self.lines.items()
        )


def traffic_of(rules: Iterable[Rule]) -> Traffic:
    """Join what *rules* are about."""
    lines: dict[str, list[tuple[int, int]]] = {}
    for rule in rules:
        if rule.protocol == ALL_PROTOCOLS:
            return Traffic({}, is_all=True)
        lines.setdefault(rule.protocol, []).append(points_of(rule))
    return Traffic({protocol: merged(line) for protocol, line in lines.items()})
