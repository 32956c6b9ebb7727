"""What a group's rules open to the internet, and who opened it."""

from dataclasses import dataclass

from bot.core.assessment import Severity
from bot.core.changes import GroupKey
from bot.core.ledger import Moment
from bot.core.rules import Rule


@dataclass(frozen=True, slots=True)
class Open:
    """
    Traffic of a group that is open to the internet: *rule*'s source is 0.0.0.0/0 or ::/0.

    *since* is None where it is not known since when.
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
