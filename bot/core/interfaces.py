"""The network interfaces of a security group, counted by what they belong to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.core.behind import Behind, Example, Kind, Tally

MOST_INTERFACES = 1000
"""How many network interfaces of a group are looked at; more are told to be more."""

_EXAMPLES = 3
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """
    A network interface as EC2 describes it.

    *type* is EC2's InterfaceType; *is_managed* says that an AWS service made it, which then wrote *description*: of any other
    one that is a person's, and proves nothing. *name* is its Name tag. *addresses* are the public ones of IPv4, *ipv6* those of IPv6 that are globally unique: an internet
    gateway routes them, if the subnet has one, and nothing else about an interface tells.
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
    ipv6: tuple[str, ...] = ()
    vpc_id: str | None = None
    group_name: str | None = None


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
    (re.compile(r"ELB (?P<which>(?:(?:app|net|gwy)/)?(?P<name>[^/]+)(?:/\w+)?)"), Kind.LOAD_BALANCER),
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
        kind, which, _ = _whose(interface)
        things.setdefault((kind, which or interface.interface_id), []).append(interface)
    found: dict[Kind, list[Example]] = {}
    for (kind, _), of_thing in things.items():
        found.setdefault(_facing(kind, of_thing), []).append(_example(kind, of_thing))
    tallies = tuple(_tally(kind, found[kind]) for kind in Kind if kind in found)
    return Behind(
        at,
        len(listed),
        is_more,
        tallies,
        next((interface.group_name for interface in listed if interface.group_name), None),
        next((interface.vpc_id for interface in listed if interface.vpc_id), None),
    )


def _whose(interface: NetworkInterface) -> tuple[Kind, str | None, str | None]:
    """Say what kind of thing an interface belongs to, which, and what that is called, as far as it tells."""
    if not interface.is_attached:
        return Kind.UNATTACHED, None, None
    if interface.instance_id:
        return Kind.INSTANCE, interface.instance_id, interface.instance_id
    kind = _BY_TYPE.get(interface.type)
    if not interface.is_managed and kind is None:
        return Kind.OTHER, None, None
    for pattern, described in _BY_DESCRIPTION:
        if (found := pattern.match(interface.description)) and kind in (None, described):
            name = found.groupdict().get("name")
            # Load balancers of several types may have one name.
            return described, found.groupdict().get("which") or name, name
    return kind or Kind.SERVICE, None, None


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
    return Kind.LOAD_BALANCER if any(interface.ipv6 for interface in of_thing) else Kind.INTERNAL


def _example(kind: Kind, of_thing: list[NetworkInterface]) -> Example:
    """Name a thing: as it is tagged or called, and one of an unknown service by what the service wrote."""
    first = of_thing[0]
    _, _, called = _whose(first)
    said = first.description if kind is Kind.SERVICE else ""
    tagged = next((interface.name for interface in of_thing if interface.name), None)
    name = (tagged or called or said)[:_LONGEST_NAME] or None
    addresses = [address for interface in of_thing for address in interface.addresses]
    ipv6 = [address for interface in of_thing for address in interface.ipv6]
    return Example(name, next(iter([*addresses, *ipv6]), None), is_ipv6=bool(ipv6) and not addresses)


def _tally(kind: Kind, things: list[Example]) -> Tally:
    things = sorted(
        things,
        key=lambda thing: (thing.address is None, thing.is_ipv6, thing.name is None, thing.name or ""),
    )
    told = tuple(thing for thing in things if thing.name or thing.address)[:_EXAMPLES]
    ipv6 = sum(thing.is_ipv6 for thing in things)
    public = sum(thing.address is not None for thing in things) - ipv6
    return Tally(kind, len(things), public, told, ipv6)
