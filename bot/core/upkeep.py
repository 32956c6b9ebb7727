"""
The upkeep of AWS services: what they change by themselves, and which of that nobody needs a card for.

A service's word is a weaker one than it looks. It calls EC2 in two ways: *as itself*, by its service-linked role, which nobody
else can take on; and *for somebody*, with the rights and the name of who asked, as CloudFormation does. "invokedBy" stands in both
records, so it alone proves nothing: whoever may make a stack could have CloudFormation open a port and be called a service for it.
So only the first kind counts: a principal that is the service, or a role under the path that IAM reserves for services
(bot.core.origin), called by a service's host name in place of an address. CloudTrail writes both; no caller can, as it can its
user agent, or the name of a role.

A service as itself is still a deputy that can be confused: who may make a load balancer or a cluster can make it change groups.
What they gain by that is bounded by what is upkeep: an edit below medium of rules that let in groups and private addresses alone. Whoever
uses that is inside the network already, and the change is kept, counted in the digest, and stands in the group's history as
any other. Whatever lets in a public address, moves an interface into other groups, or cannot be read in full, is told.
"""

from ipaddress import IPv4Network, IPv6Network

from bot.core.assessment import Assessment, Severity, is_opening_unknown
from bot.core.changes import ChangeKind, Evidence, OriginKind, Outcome, PrincipalKind, SecurityGroupChange
from bot.core.rules import Direction, ReferencedGroup, Rule

_HOSTS = ".amazonaws.com"

_PRIVATE_IPV4 = tuple(
    IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
_PRIVATE_IPV6 = (IPv6Network("fc00::/7"),)

_EDITS = (
    *(ChangeKind.CREATE, ChangeKind.DELETE, ChangeKind.AUTHORIZE, ChangeKind.REVOKE),
    *(ChangeKind.MODIFY, ChangeKind.DESCRIBE),
)


def is_by_service(change: SecurityGroupChange) -> bool:
    """Tell whether an AWS service made *change* as itself, and not for somebody who asked it to."""
    principal, origin = change.principal, change.origin
    is_itself = principal.kind is PrincipalKind.SERVICE or (
        principal.kind is PrincipalKind.ASSUMED_ROLE and origin.evidence is Evidence.ROLE
    )
    is_called_by_host = origin.source_address is None and (origin.service or "").endswith(_HOSTS)
    return is_itself and is_called_by_host and origin.kind is OriginKind.SERVICE


def is_upkeep(change: SecurityGroupChange, assessment: Assessment) -> bool:
    """
    Tell whether *change* is an AWS service's own, harmless, and within the network.

    What AWS refused it is not, as a service is not refused what it does as a matter of course.
    """
    return (
        change.outcome is Outcome.SUCCEEDED
        and change.kind in _EDITS
        and not is_opening_unknown(change)
        and assessment.severity < Severity.MEDIUM
        and is_by_service(change)
        and all(map(_is_inside, change.opening))
    )


def _is_inside(rule: Rule) -> bool:
    """Tell whether *rule* lets in a group or private addresses alone; one of unknown direction is taken for ingress."""
    if rule.direction is Direction.EGRESS:
        return True
    match rule.source:
        case ReferencedGroup():
            return True
        case IPv4Network() as network:
            return any(network.subnet_of(private) for private in _PRIVATE_IPV4)
        case IPv6Network() as network:
            return any(network.subnet_of(private) for private in _PRIVATE_IPV6)
        case _:
            return False  # a prefix list may come to hold anything
