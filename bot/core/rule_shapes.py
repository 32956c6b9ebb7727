"""Rules as EC2's requests and responses write them in CloudTrail's records."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network

from bot.core.changes import DescriptionEdit
from bot.core.errors import MalformedEvent
from bot.core.fields import Fields, is_identifier
from bot.core.rules import Direction, Network, PrefixList, ReferencedGroup, Rule, Source, make_rule

_MAX_DESCRIPTION = 255  # EC2's own limit; what is longer was refused, or is not EC2's

_DIRECTIONS = {"true": Direction.EGRESS, "false": Direction.INGRESS}

_SOURCE_LISTS = ("ipRanges", "ipv6Ranges", "prefixListIds", "groups")

# The fields of what a rule is about, in the older calls and in the newer ones.
_OLDER_NAMES = ("ipProtocol", "fromPort", "toPort")
_NEWER_NAMES = ("IpProtocol", "FromPort", "ToPort")

# The fields of a source in a response of the older calls, and in a request of the newer ones.
_SOURCE_IN_RESPONSE = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedGroupId")
_SOURCE_IN_REQUEST = ("CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupId")


def requested_rules(request: Fields, direction: Direction) -> Iterator[Rule]:
    """Fan the IP permissions of a request out to one rule per source, as EC2 does."""
    for permission in request.items("ipPermissions"):
        yield from _permission_rules(permission, direction)
    if request.text("cidrIp") is not None:
        # Direct parameters, which any SDK call with CidrIp still sends, beside an empty ipPermissions.
        yield _rule(request, direction, read_network(request, "cidrIp"), None)


def answered_rules(response: Fields, list_name: str, default: Direction) -> Iterator[Rule]:
    """Read the rules that EC2 made or took away, each with its id; one that does not say goes the *default* way."""
    for item in response.items(list_name):
        egress = item.text("isEgress")
        direction = default if egress is None else _DIRECTIONS.get(egress.lower(), default)
        source = _source(item, _SOURCE_IN_RESPONSE, item.object("referencedGroupInfo"))
        yield _rule(item, direction, source, item.text("description"))


def modified_rules(request: Fields) -> Iterator[Rule]:
    """Read the new values that ModifySecurityGroupRules gives to rules; it does not say which way they go."""
    for entry in request.elements("SecurityGroupRule"):
        rule_id = entry.required_identifier("SecurityGroupRuleId")
        values = entry.object("SecurityGroupRule")
        source = _source(values, _SOURCE_IN_REQUEST, Fields({}))
        yield _rule(values, None, source, values.text("Description"), rule_id=rule_id, names=_NEWER_NAMES)


def described_rules(request: Fields, direction: Direction) -> Iterator[DescriptionEdit]:
    """Read the new descriptions of rules, which are named by what they admit, or by their ids."""
    for rule in requested_rules(request, direction):
        yield DescriptionEdit(rule, rule.description)
    # No record shows these; the names are the API's.
    for name in ("securityGroupRuleDescriptions", "securityGroupRuleDescription"):
        for item in request.items(name):
            yield DescriptionEdit(
                item.required_identifier("securityGroupRuleId"), _cut(item.text("description"))
            )


def rule_ids(request: Fields) -> Iterator[str]:
    """Read the ids that a revoke names; no record shows the shape, so each that parsers know is taken."""
    for name in ("securityGroupRuleIds", "securityGroupRuleIdSet"):
        value = request.values.get(name)
        entries = value.get("items") if isinstance(value, Mapping) else value
        for entry in entries if isinstance(entries, list) else ():
            rule_id = entry.get("securityGroupRuleId") if isinstance(entry, Mapping) else entry
            if isinstance(rule_id, str) and is_identifier(rule_id):
                yield rule_id


def read_network(fields: Fields, name: str) -> Network:
    """Read an address range; host bits, which EC2 drops, are dropped."""
    return _network(fields, name, fields.required_text(name))


def _network(fields: Fields, name: str, text: str) -> Network:
    try:
        return IPv6Network(text, strict=False) if ":" in text else IPv4Network(text, strict=False)
    except ValueError:
        raise MalformedEvent(fields.at(name), "an address range") from None


def _permission_rules(permission: Fields, direction: Direction) -> Iterator[Rule]:
    for name, value in permission.values.items():
        if isinstance(value, dict) and value.get("items") and name not in _SOURCE_LISTS:
            raise MalformedEvent(permission.at(name), "none of a kind of source that is not known")
    for list_name, cidr_name in (("ipRanges", "cidrIp"), ("ipv6Ranges", "cidrIpv6")):
        for item in permission.items(list_name):
            yield _rule(permission, direction, read_network(item, cidr_name), item.text("description"))
    for item in permission.items("prefixListIds"):
        source = PrefixList(item.required_identifier("prefixListId"))
        yield _rule(permission, direction, source, item.text("description"))
    for item in permission.items("groups"):
        group = ReferencedGroup(item.required_identifier("groupId"), item.identifier("userId"))
        yield _rule(permission, direction, group, item.text("description"))


def _source(item: Fields, names: tuple[str, str, str, str], referenced: Fields) -> Source:
    ipv4, ipv6, prefix_list, group = names
    for name in (ipv4, ipv6):
        if (text := item.text(name)) is not None:
            return _network(item, name, text)
    prefix_list_id = item.identifier(prefix_list)
    if prefix_list_id is not None:
        return PrefixList(prefix_list_id)
    group_id = referenced.identifier("groupId") or item.identifier(group)
    if group_id is None:
        raise MalformedEvent(item.path, "a source: a CIDR, a prefix list or a group")
    return ReferencedGroup(group_id, referenced.identifier("userId"))


def _rule(
    fields: Fields,
    direction: Direction | None,
    source: Source,
    description: str | None,
    *,
    rule_id: str | None = None,
    names: tuple[str, str, str] = _OLDER_NAMES,
) -> Rule:
    protocol, from_port, to_port = names
    try:
        return make_rule(
            direction=direction,
            protocol=fields.required_identifier(protocol),
            from_port=fields.integer(from_port),
            to_port=fields.integer(to_port),
            source=source,
            description=_cut(description),
            rule_id=rule_id or fields.identifier("securityGroupRuleId"),
        )
    except ValueError as error:
        raise MalformedEvent(fields.at(from_port), f"a range of ports, found {error}") from None


def _cut(description: str | None) -> str | None:
    return description[:_MAX_DESCRIPTION] if description else None
