"""What sits behind a security group: what is told of it, and what follows from that."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.changes import ChangeKind, Membership, Outcome, SecurityGroupChange
from bot.core.rules import Direction, Rule, groups_of
from bot.core.severity import Severity

READ_AGAIN_AFTER = timedelta(minutes=1)
"""How long what was read of a group stands for it, however many of its alerts ask."""

MOST_REFERENCED = 3
"""How many of the groups that a change admits are looked into."""


class Kind(StrEnum):
    """What a network interface belongs to, in the order in which they are told."""

    INSTANCE = "instance"
    INTERNET_FACING = "internet-facing load balancer"
    LOAD_BALANCER = "load balancer"  # of which it cannot be told
    INTERNAL = "internal load balancer"
    DATABASE = "database interface"  # RDS has one for each instance, and does not say of which
    CACHE = "cache interface"
    FILE_SYSTEM = "file system"
    TASK = "container task"
    FUNCTION = "function"
    ENDPOINT = "endpoint"
    GATEWAY = "gateway"
    SERVICE = "interface of another AWS service"
    OTHER = "interface of something else"
    UNATTACHED = "unattached interface"


@dataclass(frozen=True, slots=True)
class Example:
    """
    One of the things behind a group; *name* is None for what says none, *address* for what has no public one. *is_ipv6* says that
    it is an IPv6 address, where there is no public IPv4 address.
    """

    name: str | None
    address: str | None = None
    is_ipv6: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """
    How many things of a kind there are, how many of them have a public IPv4 address or an IPv6 address alone, and the first few,
    those with one first.
    """

    kind: Kind
    count: int
    public: int = 0
    examples: tuple[Example, ...] = ()
    ipv6: int = 0


@dataclass(frozen=True, slots=True)
class Behind:
    """
    What sits behind a group as it was read at *at*; *is_more* says that the group has more interfaces than the *interfaces*
    that were looked at. *group_name* and *vpc_id* are as the interfaces tell them, None where there are none.
    """

    at: datetime
    interfaces: int
    is_more: bool = False
    tallies: tuple[Tally, ...] = ()
    group_name: str | None = None
    vpc_id: str | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is attached, and so nobody can be reached by what the group admits."""
        return not self.is_more and all(tally.kind is Kind.UNATTACHED for tally in self.tallies)

    @property
    def is_out_of_reach(self) -> bool:
        """
        Whether nothing is attached, or only what takes no connections from outside, whatever the group admits.

        That is what AWS itself runs there: VPC endpoints have private addresses alone, functions take no connections at their
        interfaces (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html), gateways go outwards. The first two
        follow prowler's `ec2_securitygroup_allow_ingress_from_internet_to_any_port`; its load balancers are left out, as
        those are there to be reached, and databases are never in.
        """
        return not self.is_more and all(tally.kind in _OUT_OF_REACH for tally in self.tallies)


_OUT_OF_REACH = frozenset({Kind.FUNCTION, Kind.ENDPOINT, Kind.GATEWAY, Kind.UNATTACHED})


class Trouble(StrEnum):
    """What stood in the way of a reading."""

    DENIED = "denied"
    THROTTLED = "throttled"
    NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class NotRead:
    """
    That what sits behind a group could not be read at *at*: *code* is AWS's, *role* the one in the group's account that is
    missing or does not let Panopticon in, None where it is EC2 that refuses.
    """

    at: datetime
    code: str
    trouble: Trouble
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Referenced:
    """
    A group that a rule admits, and how many interfaces are in it; *behind* as of that group.

    *is_known* says that it is known to be one of the account: of another account's group EC2 shows no interface either, and
    not each record says whose a group is.
    """

    group_id: str
    behind: Behind
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class OfGroup:
    """What sits behind one of the groups of a burst."""

    group_id: str
    behind: Behind | NotRead


@dataclass(frozen=True, slots=True)
class Exposed:
    """
    What the groups that something came under admit from the internet together, as last known, the most severe first.

    *unknown* are the ids of those of which that is not known.
    """

    rules: tuple[Rule, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    What an alert tells of the things that its change concerns.

    *behind* is what sits behind its group, of a change of membership what came under it; None where nobody looked.
    *referenced* are groups that the change admits. *joined* is what sits behind groups that further changes opened. *names* are
    those of groups that the rules on its card let in, by id.
    """

    behind: Behind | NotRead | None = None
    referenced: tuple[Referenced, ...] = ()
    joined: tuple[OfGroup, ...] = ()
    names: tuple[tuple[str, str], ...] = ()

    @property
    def called(self) -> tuple[tuple[str, str], ...]:
        """What groups are called that rules let in, by id, as the store or their interfaces tell."""
        seen = ((each.group_id, each.behind.group_name) for each in self.referenced)
        return (*self.names, *((group_id, name) for group_id, name in seen if name))

    @property
    def is_read(self) -> bool:
        """Whether what the first change asks for was read."""
        return isinstance(self.behind, Behind)

    def of_joined(self, group_id: str) -> Behind | NotRead | None:
        """Give what sits behind a group that a further change opened; None where nobody looked."""
        return next((each.behind for each in self.joined if each.group_id == group_id), None)


_OPENING = (ChangeKind.AUTHORIZE, ChangeKind.MODIFY, ChangeKind.FOUND)


def asks_what_sits_behind(change: SecurityGroupChange) -> bool:
    """Whether a card is to say what sits behind: where AWS carried out what may let somebody in, or put something under a group."""
    if change.outcome is not Outcome.SUCCEEDED or not change.groups:
        return False
    if isinstance(change.effect, Membership):
        return True
    if change.group is None or change.kind not in _OPENING:
        return False
    return change.is_cut or any(rule.direction is not Direction.EGRESS for rule in change.opening)


def groups_admitted(change: SecurityGroupChange) -> tuple[str, ...]:
    """Name the groups of the change's own account that it newly admits, the first few; of others nothing can be read."""
    let_in = (rule for rule in change.opening if rule.direction is Direction.INGRESS)
    return groups_of(let_in, change.account_id)[:MOST_REFERENCED]


def lowered(severity: Severity, surroundings: Surroundings | None) -> Severity:
    """
    Give how much a finding of this *severity* matters, given what sits behind its group: one level less where nobody can be
    reached by it, and never below low.

    >>> nothing = Surroundings(Behind(datetime(2026, 11, 24), 0))
    >>> lowered(Severity.CRITICAL, nothing).name, lowered(Severity.LOW, nothing).name, lowered(Severity.HIGH, None).name
    ('HIGH', 'LOW', 'HIGH')
    """
    behind = surroundings.behind if surroundings else None
    if not isinstance(behind, Behind) or not behind.is_out_of_reach or severity <= Severity.LOW:
        return severity
    return Severity(severity - 1)
