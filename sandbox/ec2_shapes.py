"""The shapes in which EC2's calls and moto's records hold one rule."""

from ipaddress import ip_network
from typing import Any

from moto.ec2.exceptions import InvalidParameterValue


def masked(item: dict[str, Any], name: str) -> dict[str, Any]:
    """Clear the host bits of a source: EC2 makes 100.68.0.0/18 of 100.68.0.18/18, API_AuthorizeSecurityGroupIngress."""
    try:
        return item | {name: str(ip_network(item[name], strict=False))}
    except ValueError:
        raise InvalidParameterValue(f"CIDR block {item[name]} is malformed") from None


def kind_of(rule: Any) -> str:
    """Name what a rule has for a source, as ModifySecurityGroupRules does."""
    if rule.prefix_list_id:
        return "PrefixListId"
    if rule.source_group:
        return "ReferencedGroupId"
    return "CidrIpv6" if rule.cidr_ipv6 else "CidrIpv4"


def as_permission(new: dict[str, Any]) -> dict[str, Any]:
    """Write a rule of ModifySecurityGroupRules as a permission of one source."""
    text = {"Description": new["Description"]} if new.get("Description") is not None else {}
    permission = {name: new.get(name) for name in ("IpProtocol", "FromPort", "ToPort")}
    if new.get("CidrIpv4"):
        return permission | {"IpRanges": [{"CidrIp": new["CidrIpv4"]} | text]}
    if new.get("CidrIpv6"):
        return permission | {"Ipv6Ranges": [{"CidrIpv6": new["CidrIpv6"]} | text]}
    if new.get("PrefixListId"):
        return permission | {"PrefixListIds": [{"PrefixListId": new["PrefixListId"]} | text]}
    return permission | {"UserIdGroupPairs": [{"GroupId": new["ReferencedGroupId"]} | text]}


def as_revoked(rule: Any) -> dict[str, Any]:
    """Write a rule as the answer to a revoke lists it: API_RevokedSecurityGroupRule."""
    return {
        "SecurityGroupRuleId": rule.id,
        "GroupId": rule.group_id,
        "IsEgress": rule.is_egress,
        "IpProtocol": rule.ip_protocol,
        "FromPort": -1 if rule.from_port is None else rule.from_port,
        "ToPort": -1 if rule.to_port is None else rule.to_port,
        "CidrIpv4": rule.cidr_ipv4,
        "CidrIpv6": rule.cidr_ipv6,
        "PrefixListId": rule.prefix_list_id,
        "ReferencedGroupId": rule.source_group.get("GroupId"),
        "Description": rule.description,
    }
