"""The calls that change security groups, as people ask for them."""

from dataclasses import dataclass

from bot.core.rules import Direction, Rule


@dataclass(frozen=True, slots=True)
class Create:
    """Make a group; EC2 gives it an id, and the default egress rule."""

    name: str = "web-prod"
    group_id: None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a group with all its rules."""

    group_id: str


@dataclass(frozen=True, slots=True)
class Authorize:
    """Add rules that go one way, told by content and description."""

    group_id: str
    direction: Direction
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Revoke:
    """Take away rules that go one way, told by content."""

    group_id: str
    direction: Direction
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class RevokeByIds:
    """Take away rules that go one way, told by id."""

    group_id: str
    direction: Direction
    rule_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Modify:
    """Give rules, told by id, new values: of no direction, as that stays; a description of None stays too."""

    group_id: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Describe:
    """Give rules that go one way, told by content, new descriptions; None is none."""

    group_id: str
    direction: Direction
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class DescribeByIds:
    """Give rules that go one way, told by id, new descriptions; None is none."""

    group_id: str
    direction: Direction
    descriptions: tuple[tuple[str, str | None], ...]


Call = Create | Delete | Authorize | Revoke | RevokeByIds | Modify | Describe | DescribeByIds
