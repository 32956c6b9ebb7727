"""What an edit of a prefix list comes to: what it opened and closed, and on which of the groups that name the list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.core.address_sets import Entries
from bot.core.changes import GroupKey
from bot.core.difference import difference
from bot.core.exposure import exposure_of
from bot.core.findings import order_by_weight
from bot.core.ledger import Ledger
from bot.core.rules import Direction, Network, PrefixList, Rule
from bot.core.severity import STANDARD, SeverityPolicy
from bot.core.traffic import traffic_of

MAX_EFFECTS = 5
"""How many effects of each kind a meaning keeps; more are counted."""

MAX_RULES = 8
"""How many rules of one effect are kept."""

MAX_NAMED = 3
"""How many groups of one effect are named."""


@dataclass(frozen=True, slots=True, order=True)
class NamedGroup:
    """A group and what it is called, None where nobody told."""

    key: GroupKey
    name: str | None


@dataclass(frozen=True, slots=True)
class NamingGroup:
    """A group whose rules name the list, and what is known of them."""

    group: NamedGroup
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class ListEffect:
    """
    What an edit does to some groups alike: traffic that it newly admits, or no longer does, as rules without id.

    *rules* are the first of them, most severe first, and *groups* the first by name; the rest are counted.
    """

    rules: tuple[Rule, ...]
    groups: tuple[NamedGroup, ...]
    more_rules: int = 0
    more_groups: int = 0


@dataclass(frozen=True, slots=True)
class ListMeaning:
    """
    What an edit of a list comes to on the groups that name it, of which there are *groups*.

    *is_known* says that the entries before and after are; without that there are no effects. *opens* and *closes* are what
    is newly admitted and no longer is, the worst first, cut to MAX_EFFECTS. *unclear* counts groups of whose rules not all
    are known, so that what is here may be too much, or too little. *is_cut* says that there are more groups than were looked
    at. *name* is the list's.
    """

    is_known: bool
    groups: int = 0
    opens: tuple[ListEffect, ...] = ()
    closes: tuple[ListEffect, ...] = ()
    more_opens: int = 0
    more_closes: int = 0
    unclear: int = 0
    is_cut: bool = False
    name: str | None = None

    @property
    def is_certain(self) -> bool:
        """Whether the groups that are known to name the list are all understood, and there are any."""
        return self.is_known and self.groups > 0 and not self.unclear and not self.is_cut


def mean_edit(
    prefix_list_id: str,
    was: tuple[Network, ...],
    now: tuple[Network, ...],
    groups: Iterable[NamingGroup],
    others: Entries,
    *,
    name: str | None = None,
    is_cut: bool = False,
    policy: SeverityPolicy = STANDARD,
) -> ListMeaning:
    """
    Say what an edit comes to that made the list's entries *now* out of *was*, on the *groups* as their rules are known.

    *others* are the entries of further lists that the groups' rules name. What matters most by *policy* comes first.
    """
    opens: dict[Rule, list[NamedGroup]] = {}
    closes: dict[Rule, list[NamedGroup]] = {}
    naming = [each for each in groups if _rules_with(prefix_list_id, each.ledger)]
    for each in naming:
        near = _near(prefix_list_id, each.ledger)
        for direction in Direction:
            going = [rule for rule in near if rule.direction is direction]
            before = exposure_of(going, {**others, prefix_list_id: was})
            after = exposure_of(going, {**others, prefix_list_id: now})
            for rule in difference(before, after, direction, policy).newly:
                opens.setdefault(rule, []).append(each.group)
            for rule in difference(after, before, direction, policy).newly:
                closes.setdefault(rule, []).append(each.group)
    opening, closing = _effects(opens, policy), _effects(closes, policy)
    return ListMeaning(
        is_known=True,
        groups=len(naming),
        opens=opening[:MAX_EFFECTS],
        closes=closing[:MAX_EFFECTS],
        more_opens=max(len(opening) - MAX_EFFECTS, 0),
        more_closes=max(len(closing) - MAX_EFFECTS, 0),
        unclear=sum(not each.ledger.is_certain for each in naming),
        is_cut=is_cut,
        name=name,
    )


def _rules_with(prefix_list_id: str, ledger: Ledger) -> list[Rule]:
    return [rule for rule in ledger.rules if rule.source == PrefixList(prefix_list_id)]


def _near(prefix_list_id: str, ledger: Ledger) -> list[Rule]:
    """Give the rules about traffic that rules with this list are about: what others admit does not matter here."""
    asked = traffic_of(_rules_with(prefix_list_id, ledger))
    return [rule for rule in ledger.rules if asked.touches(rule)]


def _effects(found: Mapping[Rule, list[NamedGroup]], policy: SeverityPolicy) -> tuple[ListEffect, ...]:
    """Put together what happens to the same groups, the worst first."""
    rules_of: dict[tuple[NamedGroup, ...], list[Rule]] = {}
    for rule in order_by_weight(found, policy):
        groups = tuple(sorted(found[rule], key=lambda group: (group.name or group.key.group_id, group.key)))
        rules_of.setdefault(groups, []).append(rule)
    return tuple(
        ListEffect(
            tuple(rules[:MAX_RULES]),
            groups[:MAX_NAMED],
            more_rules=max(len(rules) - MAX_RULES, 0),
            more_groups=max(len(groups) - MAX_NAMED, 0),
        )
        for groups, rules in rules_of.items()
    )
