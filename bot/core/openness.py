"""What of a group is open to the internet now, and what of an alert is open still."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.address_sets import Entries
from bot.core.blame import of_the_internet, since
from bot.core.changes import GroupKey
from bot.core.exposure import exposure_of
from bot.core.exposure_rules import rules_of
from bot.core.findings import order_by_weight, severity_of
from bot.core.ledger import Ledger, Moment
from bot.core.rules import Direction, Rule
from bot.core.severity import STANDARD, Severity, SeverityPolicy


@dataclass(frozen=True, slots=True)
class Open:
    """
    Traffic that the internet is admitted to, or nearly all of it: *rule* has neither id nor description, its source is 0.0.0.0/0
    or ::/0.

    *since* is None where that is not known.
    """

    rule: Rule
    since: Moment | None
    severity: Severity


@dataclass(frozen=True, slots=True)
class ExposedGroup:
    """A group that is open to the internet; *place* is where it stands in the list of such groups."""

    key: GroupKey
    name: str | None
    opens: tuple[Open, ...]
    place: str


def internet(ledger: Ledger, lists: Entries, policy: SeverityPolicy = STANDARD) -> tuple[Open, ...]:
    """Give what of a group's ingress is open to the internet, most severe first."""
    let_in = [entry for entry in ledger.live if entry.rule.direction is Direction.INGRESS]
    admitted = exposure_of((entry.rule for entry in of_the_internet(let_in, lists)), lists)
    entries = (*ledger.live, *ledger.closed)
    return tuple(
        Open(rule, since(entries, rule, lists), severity_of(rule, policy))
        for rule in order_by_weight(rules_of(admitted.to_internet(), Direction.INGRESS), policy)
    )


def remaining(
    opened: Iterable[Rule], ledger: Ledger, lists: Entries, before: Iterable[Rule] = ()
) -> tuple[Rule, ...]:
    """
    Give what of the rules *opened*, which an alert told, is admitted still, most severe first.

    Of traffic that was opened to the internet, that is what is open to the internet still; of the rest, what is admitted,
    without what was so *before*, as the alert told it beside *opened*. What is in doubt counts as admitted, as does a rule
    that may go either way: nothing is to be called closed that may be open.
    """
    told, had = list(opened), list(before)
    live = (*ledger.rules, *(rule for rule, _ in ledger.doubts))
    found: list[Rule] = []
    for direction in dict.fromkeys(rule.direction for rule in told):
        now = exposure_of(
            (rule for rule in live if direction in (rule.direction, None) or not rule.direction), lists
        )
        going = [rule for rule in told if rule.direction is direction]
        world = exposure_of(rule for rule in going if rule.admits_any_address)
        others = [rule for rule in going if not rule.admits_any_address]
        was = exposure_of((rule for rule in had if rule.direction is direction), lists)
        # What is told as new was not so before: what covers it is told wider than it was, as nearly all of the internet is.
        whole = [rule for rule in others if was and not exposure_of([rule], lists) - was]
        rest = exposure_of(others, lists) - was | exposure_of(whole, lists)
        found += rules_of((world & now.to_internet()) | (rest & now), direction)
    return tuple(order_by_weight(found))
