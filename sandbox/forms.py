"""EC2 calls as a visitor fills them in: the fields of each call, and boto3's parameters from what they hold."""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.ec2 import SecurityGroups

_RULE = ("group", "protocol", "ports", "sources", "description")
_KNOWN_RULE = ("group", "rule", "by")

FORMS: dict[str, tuple[str, ...]] = {
    "AuthorizeSecurityGroupIngress": _RULE,
    "AuthorizeSecurityGroupEgress": _RULE,
    "RevokeSecurityGroupIngress": _KNOWN_RULE,
    "RevokeSecurityGroupEgress": _KNOWN_RULE,
    "ModifySecurityGroupRules": ("group", "rule", "protocol", "ports", "sources", "description"),
    "UpdateSecurityGroupRuleDescriptionsIngress": (*_KNOWN_RULE, "description"),
    "UpdateSecurityGroupRuleDescriptionsEgress": (*_KNOWN_RULE, "description"),
    "CreateSecurityGroup": ("name", "description"),
    "DeleteSecurityGroup": ("group",),
    "AssociateSecurityGroupVpc": ("group",),
    "DisassociateSecurityGroupVpc": ("group",),
    "ModifyNetworkInterfaceAttribute": ("group",),
    "ModifyInstanceAttribute": ("group",),
    "CreateTags": ("group", "key", "value"),
    "DeleteTags": ("group", "key"),
    "ModifyManagedPrefixList": ("add", "remove"),
    "RestoreManagedPrefixListVersion": ("version",),
}
"""The calls, and the names of their fields in order."""

_PORTS = re.compile(r"(\d{1,5})(?:\s*[-–]\s*(\d{1,5}))?")  # the dash that the page shows
_SOURCE_NAMES = {"CidrIp": "CidrIpv4", "GroupId": "ReferencedGroupId"}


class FormError(Exception):
    """A field cannot be taken as it is: *name* says which, the text why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name


def parameters(operation: str, filled: Mapping[str, str], groups: SecurityGroups) -> dict[str, Any]:
    """
    Give boto3's parameters of a call.

    Raises:
        FormError: a field is empty that must not be, or holds what cannot be read.
        LookupError: there is no such call, or the form names a rule that is gone.
    """
    form = _Form(filled, groups)
    if "group" in FORMS[operation]:
        form.group_id = form.text("group")
    made: dict[str, Any] = getattr(form, _READERS[operation])()
    return made


class _Form:
    def __init__(self, filled: Mapping[str, str], groups: SecurityGroups) -> None:
        self._filled = filled
        self._groups = groups
        self.group_id = ""

    def text(self, name: str) -> str:
        value = self._filled.get(name, "").strip()
        if not value:
            raise FormError(name, "must be filled in")
        return value

    def authorize(self) -> dict[str, Any]:
        return {"GroupId": self.group_id, "IpPermissions": [self._permission()]}

    def revoke(self) -> dict[str, Any]:
        if self._filled.get("by") == "id":
            return {"GroupId": self.group_id, "SecurityGroupRuleIds": [self.text("rule")]}
        return {"GroupId": self.group_id, "IpPermissions": [self._named_permission(None)]}

    def describe(self) -> dict[str, Any]:
        text = self._filled.get("description", "").strip()
        if self._filled.get("by") == "id":
            told = {"SecurityGroupRuleId": self.text("rule")} | ({"Description": text} if text else {})
            return {"GroupId": self.group_id, "SecurityGroupRuleDescriptions": [told]}
        return {"GroupId": self.group_id, "IpPermissions": [self._named_permission(text)]}

    def modify(self) -> dict[str, Any]:
        permission = self._permission()
        values = {
            name: permission[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in permission
        }
        (kind,) = permission.keys() - values.keys()
        if len(permission[kind]) != 1:
            raise FormError("sources", "a rule has one source")
        source = permission[kind][0]
        values |= {_SOURCE_NAMES.get(name, name): value for name, value in source.items()}
        rule = {"SecurityGroupRuleId": self.text("rule"), "SecurityGroupRule": values}
        return {"GroupId": self.group_id, "SecurityGroupRules": [rule]}

    def create(self) -> dict[str, Any]:
        description = self._filled.get("description", "").strip() or "Made in the sandbox"
        return {"GroupName": self.text("name"), "Description": description, "VpcId": self._groups.vpc_id}

    def delete(self) -> dict[str, Any]:
        return {"GroupId": self.group_id}

    def associate(self) -> dict[str, Any]:
        return {"GroupId": self.group_id, "VpcId": self._groups.other_vpc_id}

    def interface(self) -> dict[str, Any]:
        return {"NetworkInterfaceId": self._groups.interface_id, "Groups": [self.group_id]}

    def instance(self) -> dict[str, Any]:
        return {"InstanceId": self._groups.instance_id, "Groups": [self.group_id]}

    def tag(self) -> dict[str, Any]:
        pair = {"Key": self.text("key"), "Value": self._filled.get("value", "")}
        return {"Resources": [self.group_id], "Tags": [pair]}

    def untag(self) -> dict[str, Any]:
        return {"Resources": [self.group_id], "Tags": [{"Key": self.text("key")}]}

    def prefix_list(self) -> dict[str, Any]:
        edits = {
            "AddEntries": [{"Cidr": cidr} for cidr in self._list("add")],
            "RemoveEntries": [{"Cidr": cidr} for cidr in self._list("remove")],
        }
        edits = {name: entries for name, entries in edits.items() if entries}
        if not edits:
            raise FormError("add", "an entry to add or to remove is needed")
        return self._listed() | edits

    def restore(self) -> dict[str, Any]:
        version = self.text("version")
        if not version.isdecimal():
            raise FormError("version", "must be a number")
        return self._listed() | {"PreviousVersion": int(version)}

    def _listed(self) -> dict[str, Any]:
        current = self._groups.prefix_list_version()
        return {"PrefixListId": self._groups.prefix_list_id, "CurrentVersion": current}

    def _list(self, name: str) -> list[str]:
        return [part for part in re.split(r"[,\s]+", self._filled.get(name, "")) if part]

    def _permission(self) -> dict[str, Any]:
        """Read a permission of one kind of source: CIDRs, or groups by name or id, or prefix lists."""
        permission: dict[str, Any] = {"IpProtocol": self.text("protocol")}
        if permission["IpProtocol"] != "-1":
            ports = _PORTS.fullmatch(self.text("ports"))
            if not ports:
                raise FormError("ports", "a port, or a range such as 8000-8100")
            first, last = int(ports[1]), int(ports[2] or ports[1])
            permission |= {"FromPort": first, "ToPort": last}
        else:
            permission |= {"FromPort": -1, "ToPort": -1}
        description = self._filled.get("description", "").strip()
        told = {"Description": description} if description else {}
        for source in self._list("sources"):
            kind, name, value = self._source(source)
            permission.setdefault(kind, []).append({name: value} | told)
        if len(permission) != len(("protocol", "from", "to", "sources")):
            raise FormError("sources", "addresses, or groups, or prefix lists, but of one kind")
        return permission

    def _source(self, text: str) -> tuple[str, str, str]:
        if text.startswith("pl-") or text == "office":
            return "PrefixListIds", "PrefixListId", text if text != "office" else self._groups.prefix_list_id
        if text.startswith("sg-") or text in self._groups.ids:
            return "UserIdGroupPairs", "GroupId", self._groups.ids.get(text, text)
        if ":" in text:
            return "Ipv6Ranges", "CidrIpv6", text
        if "/" in text:
            return "IpRanges", "CidrIp", text
        raise FormError("sources", f"{text} is neither an address range (10.0.0.0/8) nor a group's name")

    def _named_permission(self, description: str | None) -> dict[str, Any]:
        """Write the permission of the rule that was chosen, without its id, as older callers name it."""
        rule_id = self.text("rule")
        for group in self._groups.rules():
            for rule in group["rules"]:
                if rule["id"] == rule_id:
                    ports = {"FromPort": rule["from_port"], "ToPort": rule["to_port"]}
                    kind, name, value = self._source(rule["source"])
                    source = {name: value} | ({"Description": description} if description else {})
                    return {"IpProtocol": rule["protocol"], **ports, kind: [source]}
        raise LookupError(f"the rule {rule_id} is gone")


_READERS = {
    "AuthorizeSecurityGroupIngress": "authorize",
    "AuthorizeSecurityGroupEgress": "authorize",
    "RevokeSecurityGroupIngress": "revoke",
    "RevokeSecurityGroupEgress": "revoke",
    "ModifySecurityGroupRules": "modify",
    "UpdateSecurityGroupRuleDescriptionsIngress": "describe",
    "UpdateSecurityGroupRuleDescriptionsEgress": "describe",
    "CreateSecurityGroup": "create",
    "DeleteSecurityGroup": "delete",
    "AssociateSecurityGroupVpc": "associate",
    "DisassociateSecurityGroupVpc": "associate",
    "ModifyNetworkInterfaceAttribute": "interface",
    "ModifyInstanceAttribute": "instance",
    "CreateTags": "tag",
    "DeleteTags": "untag",
    "ModifyManagedPrefixList": "prefix_list",
    "RestoreManagedPrefixListVersion": "restore",
}
