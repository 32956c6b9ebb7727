"""One rule of a security group: what traffic it admits, in which direction, from or to where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

ALL_PROTOCOLS = "all"
ICMP_PROTOCOLS = frozenset({"icmp", "icmpv6"})
PORT_PROTOCOLS = frozenset({"tcp", "udp"})

# Protocol numbers that EC2 writes as names; every other protocol keeps its number as text.
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
_PROTOCOL_NAMES = {"-1": ALL_PROTOCOLS, "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}

# https://www.iana.org/assignments/icmp-parameters and icmpv6-parameters: the types people meet in rules.
_ICMP_TYPES = {
    ("icmp", 0): "echo reply",
    ("icmp", 3): "destination unreachable",
    ("icmp", 4): "source quench",
    ("icmp", 5): "redirect",
    ("icmp", 8): "echo request",
    ("icmp", 11): "time exceeded",
    ("icmp", 30): "traceroute",
    ("icmpv6", 1): "destination unreachable",
    ("icmpv6", 2): "packet too big",
    ("icmpv6", 3): "time exceeded",
    ("icmpv6", 128): "echo request",
    ("icmpv6", 129): "echo reply",
}

_LAST_PORT = 65535


class Direction(StrEnum):
    """Which way the admitted connections go, seen from the group."""

    INGRESS = "ingress"
    EGRESS = "egress"


@dataclass(frozen=True, slots=True, order=True)
class PortRange:
    """Ports *first* to *last*, both included."""

    first: int
    last: int

    @property
    def is_all(self) -> bool:
        """Whether every port is in the range."""
        return self.first == 0 and self.last == _LAST_PORT

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


ALL_PORTS = PortRange(0, _LAST_PORT)


@dataclass(frozen=True, slots=True)
class IcmpType:
    """One ICMP type; *code* None means each of its codes."""

    type: int
    code: int | None


@dataclass(frozen=True, slots=True)
class PrefixList:
    """A managed prefix list as a source."""

    prefix_list_id: str


@dataclass(frozen=True, slots=True)
class ReferencedGroup:
    """
    Another security group (or the group itself) as a source; *account_id* None means the group's own.

    Or that nobody has told: some calls name the group alone. Its id tells it from all others, whoever's they are.
    """

    group_id: str
    account_id: str | None = field(default=None, compare=False)


Network = IPv4Network | IPv6Network
NETWORKS = (IPv4Network, IPv6Network)
"""The same for isinstance, which is quicker to see by a tuple."""
Source = Network | PrefixList | ReferencedGroup


@dataclass(frozen=True, slots=True)
class Rule:
    """
    What one security group rule admits.

    *protocol* is "all", "tcp", "udp", "icmp", "icmpv6" or an IANA number as text. *ports* is set for tcp and udp only,
    *icmp* for icmp and icmpv6 only, where None means every type. Networks have no host bits.
    *rule_id* is None where AWS did not tell it, *direction* where the call does not say (ModifySecurityGroupRules).
    """

    direction: Direction | None
    protocol: str
    ports: PortRange | None
    icmp: IcmpType | None
    source: Source
    description: str | None = None
    rule_id: str | None = None

    @property
    def admits_any_address(self) -> bool:
        """Whether the source is the whole IPv4 or the whole IPv6 internet."""
        return isinstance(self.source, NETWORKS) and self.source.prefixlen == 0

    @property
    def traffic(self) -> str:
        """
        What the rule admits, in words.

        >>> from ipaddress import ip_network
        >>> world = ip_network("0.0.0.0/0")
        >>> Rule(Direction.INGRESS, "tcp", PortRange(22, 22), None, world).traffic
        'tcp 22'
        >>> Rule(Direction.INGRESS, "icmp", None, IcmpType(8, None), world).traffic
        'icmp echo request'
        """
        if self.protocol == ALL_PROTOCOLS:
            return "all traffic"
        if self.protocol in ICMP_PROTOCOLS:
            return f"{self.protocol} {_icmp_words(self.protocol, self.icmp)}"
        if self.ports is not None:
            return f"all {self.protocol}" if self.ports.is_all else f"{self.protocol} {self.ports}"
        return f"protocol {self.protocol}"


def within_account(rule: Rule, account_id: str) -> Rule:
    """Spell a group of the account *account_id* itself as such: AWS names the account in some places and not in others."""
    match rule.source:
        case ReferencedGroup(group_id, owner) if owner == account_id:
            return replace(rule, source=ReferencedGroup(group_id))
        case _:
            return rule


def owners_in(rules: Iterable[Rule]) -> dict[str, str]:
    """Give the accounts whose groups *rules* admit, where it is another than the rule's own, by the groups' ids."""
    sources = (rule.source for rule in rules)
    groups = (source for source in sources if isinstance(source, ReferencedGroup))
    return {group.group_id: group.account_id for group in groups if group.account_id}


def groups_of(rules: Iterable[Rule], account_id: str) -> tuple[str, ...]:
    """Name the groups of the account *account_id*, as far as that is told, that rules of it let in, by their ids, each once."""
    sources = (rule.source for rule in rules)
    groups = (source for source in sources if isinstance(source, ReferencedGroup))
    return tuple(dict.fromkeys(group.group_id for group in groups if group.account_id in (None, account_id)))


def owned(rule: Rule, owners: Mapping[str, str]) -> Rule:
    """Say of a rule that admits a group whose that is, where it does not tell and *owners* do, by the group's id."""
    match rule.source:
        case ReferencedGroup(group_id, None) if group_id in owners:
            return replace(rule, source=ReferencedGroup(group_id, owners[group_id]))
        case _:
            return rule


def source_order(source: Source) -> tuple[int, int, int, str]:
    """Order sources as people read them: addresses by number, IPv4 first, then lists and groups by name."""
    if isinstance(source, NETWORKS):
        return (source.version, int(source.network_address), source.prefixlen, "")
    return (9, 0, 0, source_words(source))


def source_words(source: Source) -> str:
    """
    Name *source* as AWS writes it.

    >>> source_words(ReferencedGroup("sg-0b", "111122223333"))
    'sg-0b (account 111122223333)'
    """
    match source:
        case PrefixList(prefix_list_id):
            return prefix_list_id
        case ReferencedGroup(group_id, None):
            return group_id
        case ReferencedGroup(group_id, account_id):
            return f"{group_id} (account {account_id})"
        case _:
            return str(source)


def protocol_name(protocol: str) -> str:
    """
    Give EC2's *protocol*, a name or a number as text, its one spelling here.

    >>> protocol_name("-1"), protocol_name("TCP"), protocol_name("17"), protocol_name("50")
    ('all', 'tcp', 'udp', '50')
    """
    lowered = protocol.strip().lower()
    return _PROTOCOL_NAMES.get(lowered, lowered)


def make_rule(
    *,
    direction: Direction | None,
    protocol: str,
    from_port: int | None,
    to_port: int | None,
    source: Source,
    description: str | None = None,
    rule_id: str | None = None,
) -> Rule:
    """
    Build a Rule from EC2's own fields.

    EC2 puts the ICMP type and code into the port fields, and writes "all" as -1 or leaves the fields out; a rule for
    all protocols may carry ports that mean nothing (0 and 0 from Terraform, -1 and -1 in responses).

    Raises:
        ValueError: ports of tcp or udp are not within 0–65535 in ascending order.
    """
    protocol = protocol_name(protocol)
    first = None if from_port == -1 else from_port
    last = None if to_port == -1 else to_port
    ports = icmp = None
    if protocol in ICMP_PROTOCOLS and first is not None:
        icmp = IcmpType(first, last)
    elif protocol in PORT_PROTOCOLS:
        ports = ALL_PORTS if first is None else _port_range(first, last)
    return Rule(
        direction=direction,
        protocol=protocol,
        ports=ports,
        icmp=icmp,
        source=source,
        description=description or None,
        rule_id=rule_id,
    )


def _port_range(first: int, last: int | None) -> PortRange:
    if last is None or not 0 <= first <= last <= _LAST_PORT:
        raise ValueError(f"ports {first}–{last}")
    return PortRange(first, last)


def _icmp_words(protocol: str, icmp: IcmpType | None) -> str:
    if icmp is None:
        return "all types"
    name = _ICMP_TYPES.get((protocol, icmp.type), f"type {icmp.type}")
    return name if icmp.code is None else f"{name} code {icmp.code}"
