"""
EC2 as moto answers for it, corrected where AWS does otherwise, so that what is tried here holds there.

What moto does right is left to it; each correction names the page that it follows: API_… is to be found at
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/. A call is refused as a whole or done as a whole: moto by itself
stops halfway.
"""

from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2 import urls
from moto.ec2.exceptions import (
    DependencyViolationError,
    EC2ClientError,
    InvalidParameterValue,
    InvalidPermissionDuplicateError,
    InvalidPermissionNotFoundError,
    InvalidSecurityGroupNotFoundError,
    InvalidSecurityGroupRuleIdNotFoundError,
    RulesPerSecurityGroupLimitExceededError,
)
from moto.ec2.responses import EC2Response

from sandbox.ec2_shapes import as_permission, as_revoked, kind_of, masked
from sandbox.network_interfaces import NetworkInterfaces
from sandbox.prefix_lists import PrefixLists

MAX_RULES = 60
"""https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html: of each direction."""

_HAS_PORTS = frozenset({"tcp", "udp", "icmp", "icmpv6", "6", "17", "1", "58"})
# What a rule of ModifySecurityGroupRules names its source by, and where moto keeps it.
_SOURCES = ("CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupId")


class CorrectedEC2(PrefixLists, NetworkInterfaces, EC2Response):
    """The calls that moto answers otherwise than EC2."""

    # Rules

    def authorize_security_group_ingress(self) -> ActionResult:
        """Add ingress rules."""
        return self._authorize("ingress_rules")

    def authorize_security_group_egress(self) -> ActionResult:
        """Add egress rules."""
        return self._authorize("egress_rules")

    def revoke_security_group_ingress(self) -> ActionResult:
        """Take ingress rules away."""
        return self._revoke("ingress_rules")

    def revoke_security_group_egress(self) -> ActionResult:
        """Take egress rules away."""
        return self._revoke("egress_rules")

    def update_security_group_rule_descriptions_ingress(self) -> ActionResult:
        """Describe ingress rules."""
        return self._describe("ingress_rules")

    def update_security_group_rule_descriptions_egress(self) -> ActionResult:
        """Describe egress rules."""
        return self._describe("egress_rules")

    def modify_security_group_rules(self) -> ActionResult:
        """
        Give rules new values; what names the source must be of the kind that it was.

        API_ModifySecurityGroupRules, https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
        """
        self.error_on_dryrun()
        group = self._group()
        asked = {}
        for item in self._get_param("SecurityGroupRules", []):
            rule_id, new = item["SecurityGroupRuleId"], item.get("SecurityGroupRule", {})
            old = group.get_rule(rule_id)
            if old is None:
                raise InvalidSecurityGroupRuleIdNotFoundError(rule_id)
            named = [name for name in _SOURCES if new.get(name) is not None]
            if len(named) != 1 or not new.get("IpProtocol"):
                raise InvalidParameterValue("Name a protocol, and one source, for each rule.")
            if named[0] != kind_of(old):
                raise InvalidParameterValue(
                    f"Invalid rule type for security group rule '{rule_id}'. You may not specify {named[0]} for an"
                    f" existing {kind_of(old)} rule."
                )
            asked[rule_id] = next(iter(self._wanted([as_permission(new)], group, old.is_egress)))
        for rules in (group.ingress_rules, group.egress_rules):
            after = [asked.get(rule.id, rule) for rule in rules]
            if any(rule in after[:place] for place, rule in enumerate(after)):
                raise InvalidPermissionDuplicateError
        for rule_id, new in asked.items():
            rule = group.get_rule(rule_id)
            description = new.description if new.description is not None else rule.description
            for name in ("ip_protocol", "from_port", "to_port", "ip_range", "source_group", "prefix_list_id"):
                setattr(rule, name, getattr(new, name))
            if description is not None:
                rule.ip_range = rule.ip_range | {"Description": description}
        return ActionResult({"Return": True})

    def _authorize(self, direction: str) -> ActionResult:
        # API_AuthorizeSecurityGroupIngress: all rules or none, and the answer lists every one of them.
        self.error_on_dryrun()
        group = self._group()
        rules = getattr(group, direction)
        made = list(self._wanted(self._permissions(), group, direction == "egress_rules"))
        if any(rule in rules or rule in made[:place] for place, rule in enumerate(made)):
            raise InvalidPermissionDuplicateError
        if len(rules) + len(made) > MAX_RULES:
            raise RulesPerSecurityGroupLimitExceededError
        setattr(group, direction, rules + made)
        return ActionResult({"Return": True, "SecurityGroupRules": made})

    def _revoke(self, direction: str) -> ActionResult:
        # API_RevokeSecurityGroupIngress: what matches no rule is an error, but in a default VPC, where the answer says it.
        self.error_on_dryrun()
        group = self._group()
        rules = getattr(group, direction)
        gone: list[Any] = []
        unknown: list[dict[str, Any]] = []
        for rule_id in self._get_param("SecurityGroupRuleIds", []):
            if rule_id not in [rule.id for rule in rules]:
                raise InvalidSecurityGroupRuleIdNotFoundError(rule_id)
            gone.append(group.get_rule(rule_id))
        for permission in self._permissions():
            for wanted in self._wanted([permission], group, direction == "egress_rules"):
                if wanted in rules:
                    gone.append(rules[rules.index(wanted)])
                else:
                    unknown.append(permission)
        if unknown and not self.ec2_backend.get_vpc(group.vpc_id).is_default:
            raise InvalidPermissionNotFoundError
        ids = {rule.id for rule in gone}
        setattr(group, direction, [rule for rule in rules if rule.id not in ids])
        revoked = [as_revoked(rule) for rule in gone]
        return ActionResult(
            {"Return": True, "RevokedSecurityGroupRules": revoked, "UnknownIpPermissions": unknown}
        )

    def _describe(self, direction: str) -> ActionResult:
        # API_UpdateSecurityGroupRuleDescriptionsIngress: by rule ids too; a rule that is not there is an error.
        group = self._group()
        rules = getattr(group, direction)
        texts = {}
        for item in self._get_param("SecurityGroupRuleDescriptions", []):
            rule_id = item["SecurityGroupRuleId"]
            if rule_id not in [rule.id for rule in rules]:
                raise InvalidSecurityGroupRuleIdNotFoundError(rule_id)
            texts[rule_id] = item.get("Description")
        for wanted in self._wanted(self._permissions(), group, direction == "egress_rules"):
            if wanted not in rules:
                raise InvalidPermissionNotFoundError
            texts[rules[rules.index(wanted)].id] = wanted.description
        for rule_id, text in texts.items():
            rule = group.get_rule(rule_id)
            rest = {name: value for name, value in rule.ip_range.items() if name != "Description"}
            rule.ip_range = rest | ({"Description": text} if text else {})
        return ActionResult({"Return": True})

    # Groups

    def delete_security_group(self) -> ActionResult:
        """
        Delete a group, unless something uses it.

        API_DeleteSecurityGroup
        """
        self.error_on_dryrun()
        group = self._group()
        if group.is_default:
            raise EC2ClientError(
                "CannotDelete",
                f'the specified group: "{group.id}" name: "default" cannot be deleted by a user',
            )
        interfaces = [
            interface
            for interface in self.ec2_backend.enis.values()
            if group.id in [worn.id for worn in interface.group_set]
        ]
        named_by = [
            rule
            for groups in self.ec2_backend.groups.values()
            for other in groups.values()
            for rule in (*other.ingress_rules, *other.egress_rules)
            if other.id != group.id and rule.source_group.get("GroupId") == group.id
        ]
        if interfaces or named_by:
            raise DependencyViolationError(f"resource {group.id} has a dependent object")
        self.ec2_backend.delete_security_group(group_id=group.id)
        return ActionResult({"Return": True, "GroupId": group.id})

    def describe_security_groups(self) -> ActionResult:
        """List groups by the page, API_DescribeSecurityGroups."""
        return self._page("SecurityGroups", super().describe_security_groups())

    def describe_security_group_rules(self) -> ActionResult:
        """List rules by the page, API_DescribeSecurityGroupRules."""
        return self._page("SecurityGroupRules", super().describe_security_group_rules())

    def associate_security_group_vpc(self) -> ActionResult:
        """Let another VPC use a group, API_AssociateSecurityGroupVpc; nothing more comes of it here."""
        self._group()
        self.ec2_backend.get_vpc(self._get_param("VpcId"))
        return ActionResult({"State": "associating"})

    def disassociate_security_group_vpc(self) -> ActionResult:
        """Take it back, API_DisassociateSecurityGroupVpc."""
        self._group()
        return ActionResult({"State": "disassociating"})

    # What the calls share

    def _group(self) -> Any:
        wanted = self._get_param("GroupId") or self._get_param("GroupName")
        group = self.ec2_backend.get_security_group_by_name_or_id(wanted)
        if group is None:
            raise InvalidSecurityGroupNotFoundError(wanted)
        return group

    def _permissions(self) -> list[dict[str, Any]]:
        """Give the permissions of a call, also of one with direct parameters (CidrIp) and of one by rule ids (none)."""
        if "IpPermissions" in self._get_params():
            permissions: list[dict[str, Any]] = self._get_param("IpPermissions", [])
            return permissions
        if self._get_param("CidrIp") is None:
            return []
        ports = {name: self._get_param(name) for name in ("IpProtocol", "FromPort", "ToPort")}
        return [ports | {"IpRanges": [{"CidrIp": self._get_param("CidrIp")}]}]

    def _wanted(self, permissions: list[dict[str, Any]], group: Any, is_egress: bool) -> Iterator[Any]:
        """
        Make the rules that *permissions* come to, spelled as EC2 spells them.

        Host bits are masked, ports of protocols without ports ignored, and a description is no part of what a rule is:
        API_IpPermission, API_IpRange.
        """
        tags = self._parse_tag_specification().get("security-group-rule", {})
        for permission in permissions:
            protocol = str(permission["IpProtocol"]).lower()
            ports = [permission.get(name) for name in ("FromPort", "ToPort")]
            if protocol not in _HAS_PORTS:
                ports = [-1, -1]
            elif None in ports:
                raise InvalidParameterValue(
                    "Invalid value for portRange. Must specify both from and to ports."
                )
            sources = [masked(item, "CidrIp") for item in permission.get("IpRanges", [])]
            sources += [masked(item, "CidrIpv6") for item in permission.get("Ipv6Ranges", [])]
            pairs = [dict(item) for item in permission.get("UserIdGroupPairs", [])]
            texts = [item.pop("Description", None) for item in pairs]
            lists = permission.get("PrefixListIds", [])
            texts += [item.get("Description") for item in lists]
            known = self.ec2_backend._add_source_group(pairs, None)  # noqa: SLF001  # the check that moto's own calls make
            made = list(
                self.ec2_backend._iterate_security_rules(  # noqa: SLF001  # likewise
                    protocol, group.id, *ports, sources, known, lists, is_egress, tags
                )
            )
            for rule, text in zip(made[len(sources) :], texts, strict=True):
                rule.ip_range = {"Description": text} if text else {}
            yield from made

    def _page(self, name: str, answer: ActionResult) -> ActionResult:
        found = answer.result[name]  # type: ignore[index]
        start, most = int(self._get_param("NextToken") or 0), self._get_param("MaxResults")
        if most is None:
            return answer
        end = start + int(most)
        return ActionResult({name: found[start:end], "NextToken": str(end) if end < len(found) else None})


urls.url_paths["{0}/"] = CorrectedEC2.dispatch  # moto's own place to say what answers for EC2
