"""What sits behind a security group: its network interfaces, counted by what they belong to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.changes import ChangeKind, Membership, Outcome, SecurityGroupChange
from bot.core.rules import Direction, ReferencedGroup, Rule
from bot.core.severity import Severity

MOST_INTERFACES = 1000
"""How many network interfaces of a group are looked at; more are told to be more."""

READ_AGAIN_AFTER = timedelta(minutes=1)
"""How long what was read of a group stands for it, however many of its alerts ask."""

MOST_REFERENCED = 3
MOST_JOINED = 5
"""How many of the groups that a call names are looked into."""

_EXAMPLES = 3
_LONGEST_NAME = 64


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
    UNATTACHED = "interface that is attached to nothing"


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """
    A network interface as EC2 describes it.

    *type* is EC2's InterfaceType; *is_managed* says that an AWS service made it, which then wrote *description*: of any other
    one that is a person's, and proves nothing. *name* is its Name tag. *addresses* are the public ones.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html
    """

    interface_id: str
    type: str = "interface"
    description: str = ""
    is_managed: bool = False
    is_attached: bool = True
    instance_id: str | None = None
    name: str | None = None
    addresses: tuple[str, ...] = ()
    has_ipv6: bool = False
    vpc_id: str | None = None
    group_name: str | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One of the things behind a group; *name* is None for what says none, *address* for what has no public one."""

    name: str | None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many things of a kind there are, how many of them have a public address, and the first few, those with one first."""

    kind: Kind
    count: int
    public: int = 0
    examples: tuple[Example, ...] = ()


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
    """A group that a rule admits, and how many interfaces are in it; *behind* as of that group."""

    group_id: str
    behind: Behind


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    What an alert tells of the things that its change concerns.

    *behind* is what sits behind its group, of a change of membership what came under it; None where nobody looked.
    *referenced* are groups that the change admits. *exposes* is what the groups that something came under admit from the
    internet, None where that is not known, or not asked.
    """

    behind: Behind | NotRead | None = None
    referenced: tuple[Referenced, ...] = ()
    exposes: tuple[Rule, ...] | None = None

    @property
    def is_read(self) -> bool:
        """Whether what was asked for was read."""
        return isinstance(self.behind, Behind)


# Of interfaces that a service made. The descriptions are the services' own, as
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html shows them, and for load balancers
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html; the types are those of
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html.
_BY_TYPE = {
    "load_balancer": Kind.LOAD_BALANCER,
    "network_load_balancer": Kind.LOAD_BALANCER,
    "gateway_load_balancer": Kind.LOAD_BALANCER,
    "efs": Kind.FILE_SYSTEM,
    "lambda": Kind.FUNCTION,
    "vpc_endpoint": Kind.ENDPOINT,
    "gateway_load_balancer_endpoint": Kind.ENDPOINT,
    "nat_gateway": Kind.GATEWAY,
    "transit_gateway": Kind.GATEWAY,
    "api_gateway_managed": Kind.GATEWAY,
}
_BY_DESCRIPTION: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"ELB (?:(?:app|net|gwy)/)?(?P<name>[^/]+)"), Kind.LOAD_BALANCER),
    (re.compile(r"RDSNetworkInterface|RedshiftNetworkInterface|DAX "), Kind.DATABASE),
    (re.compile(r"ElastiCache (?P<name>\S+)"), Kind.CACHE),
    (re.compile(r"EFS mount target for (?P<name>fs-\w+)"), Kind.FILE_SYSTEM),
    (re.compile(r"arn:aws[\w-]*:ecs:"), Kind.TASK),
    (
        re.compile(
            r"AWS Lambda VPC ENI[-:]\s*(?P<name>.+?)(?:-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?$"
        ),
        Kind.FUNCTION,
    ),
    (re.compile(r"VPC Endpoint Interface:? (?P<name>vpce-\w+)"), Kind.ENDPOINT),
    (re.compile(r"Interface for NAT Gateway (?P<name>nat-\w+)"), Kind.GATEWAY),
    (
        re.compile(r"Network Interface for Transit Gateway Attachment (?P<name>tgw-attach-\w+)", re.I),
        Kind.GATEWAY,
    ),
)


def asks_what_sits_behind(change: SecurityGroupChange) -> bool:
    """Whether a card is to say what sits behind: where AWS carried out what may let somebody in, or put something under a group."""
    if change.outcome is not Outcome.SUCCEEDED or not change.groups:
        return False
    if isinstance(change.effect, Membership):
        return True
    if change.group is None or change.kind not in (ChangeKind.AUTHORIZE, ChangeKind.MODIFY):
        return False
    return change.is_cut or any(rule.direction is not Direction.EGRESS for rule in change.opening)


def groups_admitted(change: SecurityGroupChange) -> tuple[str, ...]:
    """Name the groups of the change's own account that it newly admits, the first few; of others nothing can be read."""
    sources = [rule.source for rule in change.opening if rule.direction is Direction.INGRESS]
    named = [
        source.group_id
        for source in sources
        if isinstance(source, ReferencedGroup) and source.account_id in (None, change.account_id)
    ]
    return tuple(dict.fromkeys(named))[:MOST_REFERENCED]


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


def sum_up(interfaces: Iterable[NetworkInterface], at: datetime, *, is_more: bool = False) -> Behind:
    """
    Count *interfaces* by what they belong to: things that have several, as load balancers do, count once.

    >>> load_balancer = [NetworkInterface(each, description="ELB app/web/50dc", is_managed=True) for each in ("eni-1", "eni-2")]
    >>> [(tally.count, tally.kind.value) for tally in sum_up(load_balancer, datetime(2026, 11, 24)).tallies]
    [(1, 'internal load balancer')]
    """
    listed = sorted(interfaces, key=lambda interface: interface.interface_id)
    things: dict[tuple[Kind, str], list[NetworkInterface]] = {}
    for interface in listed:
        kind, name = _whose(interface)
        things.setdefault((kind, name or interface.interface_id), []).append(interface)
    found: dict[Kind, list[Example]] = {}
    for (kind, _), of_thing in things.items():
        found.setdefault(_facing(kind, of_thing), []).append(_example(of_thing))
    tallies = tuple(_tally(kind, found[kind]) for kind in Kind if kind in found)
    return Behind(
        at,
        len(listed),
        is_more,
        tallies,
        next((interface.group_name for interface in listed if interface.group_name), None),
        next((interface.vpc_id for interface in listed if interface.vpc_id), None),
    )


def _whose(interface: NetworkInterface) -> tuple[Kind, str | None]:
    """Say what kind of thing an interface belongs to, and which, as far as it tells."""
    if not interface.is_attached:
        return Kind.UNATTACHED, None
    if interface.instance_id:
        return Kind.INSTANCE, interface.instance_id
    kind = _BY_TYPE.get(interface.type)
    if not interface.is_managed and kind is None:
        return Kind.OTHER, None
    for pattern, described in _BY_DESCRIPTION:
        if (found := pattern.match(interface.description)) and kind in (None, described):
            return described, found.groupdict().get("name")
    return kind or Kind.SERVICE, None


def _facing(kind: Kind, of_thing: list[NetworkInterface]) -> Kind:
    """
    Tell whether a load balancer faces the internet, by the public addresses of its interfaces.

    One without has no IPv4 address in the internet; of one that has an IPv6 address it cannot be told, as there are such that
    face the internet without a public IPv4 address.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-ip-address-type.html
    """
    if kind is not Kind.LOAD_BALANCER:
        return kind
    if any(interface.addresses for interface in of_thing):
        return Kind.INTERNET_FACING
    return Kind.LOAD_BALANCER if any(interface.has_ipv6 for interface in of_thing) else Kind.INTERNAL


def _example(of_thing: list[NetworkInterface]) -> Example:
    _, which = _whose(of_thing[0])
    tagged = next((interface.name for interface in of_thing if interface.name), None)
    name = (tagged or which or "")[:_LONGEST_NAME] or None
    return Example(name, next((address for interface in of_thing for address in interface.addresses), None))


def _tally(kind: Kind, things: list[Example]) -> Tally:
    things = sorted(things, key=lambda thing: (thing.address is None, thing.name is None, thing.name or ""))
    told = tuple(thing for thing in things if thing.name or thing.address)[:_EXAMPLES]
    return Tally(kind, len(things), sum(thing.address is not None for thing in things), told)
