"""What a change is judged by."""

from dataclasses import dataclass

from bot.core.changes import ChangeKind, SecurityGroupChange
from bot.core.rules import Direction, Rule


@dataclass(frozen=True, slots=True)
class RuleCounts:
    """How many rules of each direction a group has before a change and after it."""

    ingress: tuple[int, int]
    egress: tuple[int, int]

    def of(self, direction: Direction) -> tuple[int, int]:
        """Give those of one direction."""
        return self.ingress if direction is Direction.INGRESS else self.egress


@dataclass(frozen=True, slots=True)
class Judged:
    """
    A change that AWS carried out, with what is known of it.

    *rules* say what it admits that was not admitted before, as far as that is known, else what it names; None where what it
    may have opened is not known at all. *counts* and *group_name* are None where nobody has told them.
    """

    change: SecurityGroupChange
    rules: tuple[Rule, ...] | None
    counts: RuleCounts | None = None
    group_name: str | None = None


def is_opening_unknown(change: SecurityGroupChange) -> bool:
    """Whether *change* may have opened something that its record does not tell."""
    may_open = change.kind in (ChangeKind.AUTHORIZE, ChangeKind.MODIFY, ChangeKind.PREFIX_LIST)
    return change.kind is ChangeKind.NOT_UNDERSTOOD or (change.is_cut and may_open)
