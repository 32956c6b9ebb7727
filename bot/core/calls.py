"""What each call that changes security groups asks for: a call that is to be read has its row in CALLS, and its reader."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.core.changes import (
    ChangeKind,
    DescriptionEdit,
    Membership,
    PrefixListEdit,
    Tagging,
    VpcAssociation,
)
from bot.core.errors import MalformedEvent
from bot.core.fields import Fields
from bot.core.rule_shapes import (
    answered_rules,
    described_rules,
    modified_rules,
    read_network,
    requested_rules,
    rule_ids,
)
from bot.core.rules import Direction, ReferencedGroup, Rule, within_account

CALLS = {
    "CreateSecurityGroup": ChangeKind.CREATE,
    "DeleteSecurityGroup": ChangeKind.DELETE,
    "AuthorizeSecurityGroupIngress": ChangeKind.AUTHORIZE,
    "AuthorizeSecurityGroupEgress": ChangeKind.AUTHORIZE,
    "RevokeSecurityGroupIngress": ChangeKind.REVOKE,
    "RevokeSecurityGroupEgress": ChangeKind.REVOKE,
    "ModifySecurityGroupRules": ChangeKind.MODIFY,
    "UpdateSecurityGroupRuleDescriptionsIngress": ChangeKind.DESCRIBE,
    "UpdateSecurityGroupRuleDescriptionsEgress": ChangeKind.DESCRIBE,
    "AssociateSecurityGroupVpc": ChangeKind.ASSOCIATE,
    "DisassociateSecurityGroupVpc": ChangeKind.DISASSOCIATE,
    "ModifyNetworkInterfaceAttribute": ChangeKind.MEMBERSHIP,
    "ModifyInstanceAttribute": ChangeKind.MEMBERSHIP,
    "CreateTags": ChangeKind.TAG,
    "DeleteTags": ChangeKind.UNTAG,
    "ModifyManagedPrefixList": ChangeKind.PREFIX_LIST,
    "RestoreManagedPrefixListVersion": ChangeKind.PREFIX_LIST,
}
"""The calls that change security groups, or may."""

MAX_GROUPS = 20
"""How many groups of one call are kept; an interface has 16 at most."""

MAX_TAGGED = 90
"""How many groups of one call on tags are kept: each has an item, and a transaction of DynamoDB takes a hundred."""

_MAX_TAG_KEY = 128
_MAX_TAG_VALUE = 256
_MAX_GIVEN_TAGS = 50


@dataclass(frozen=True, slots=True)
class Call:
    """What a call asked for and what EC2 answered; both come without their wrapper."""

    request: Fields
    response: Fields
    direction: Direction

    @property
    def is_cut(self) -> bool:
        """Whether AWS left parameters out, as it does where they would take more than 100 KB."""
        rules = self.request.values.get("ipPermissions")
        places = (self.request.values, self.response.values, rules if isinstance(rules, dict) else {})
        return any(place["omitted"] in (True, "true") for place in places if "omitted" in place)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one kind of call says beside what all of them say."""

    group_id: str | None = None
    group_ids: tuple[str, ...] = ()
    added: tuple[Rule, ...] = ()
    removed: tuple[Rule, ...] = ()
    removed_rule_ids: tuple[str, ...] = ()
    modified: tuple[Rule, ...] = ()
    described: tuple[DescriptionEdit, ...] = ()
    effect: Membership | Tagging | VpcAssociation | PrefixListEdit | None = None
    says_what_went: bool = False
    given_tags: tuple[tuple[str, str], ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether it says which rules, or entries of a prefix list, the call is about."""
        if isinstance(self.effect, PrefixListEdit):
            edit = self.effect
            return bool(edit.added or edit.removed) or edit.restored_version is not None
        rules = self.added or self.removed or self.removed_rule_ids or self.modified or self.described
        return bool(rules) or self.says_what_went

    def within_account(self, account_id: str) -> "Asked":
        """Spell groups of the account itself, where rules name them, as such."""
        named = (*self.added, *self.removed, *self.modified)
        if not self.described and not any(isinstance(rule.source, ReferencedGroup) for rule in named):
            return self

        def own(rule: Rule) -> Rule:
            return within_account(rule, account_id)

        return replace(
            self,
            added=tuple(map(own, self.added)),
            removed=tuple(map(own, self.removed)),
            modified=tuple(map(own, self.modified)),
            described=tuple(
                edit if isinstance(edit.rule, str) else replace(edit, rule=own(edit.rule))
                for edit in self.described
            ),
        )


def _create(call: Call) -> Asked:
    return Asked(call.response.identifier("groupId"), given_tags=_given_tags(call.request))


def _given_tags(request: Fields) -> tuple[tuple[str, str], ...]:
    """Read the tags that a group is created with; a group is not worth less where they cannot be read."""
    try:
        given = [
            (tag.required_text("key")[:_MAX_TAG_KEY], (tag.text("value") or "")[:_MAX_TAG_VALUE])
            for specification in request.items("tagSpecificationSet")
            for tag in specification.items("tags")
        ]
    except MalformedEvent:
        return ()
    return tuple(given[:_MAX_GIVEN_TAGS])


def _delete(call: Call) -> Asked:
    return Asked(call.request.identifier("groupId"))


def _authorize(call: Call) -> Asked:
    # The response names each rule as EC2 made it, with its id; older records and failed calls lack it.
    made = tuple(answered_rules(call.response, "securityGroupRuleSet", call.direction))
    return Asked(
        group_id=call.request.identifier("groupId") or _group_of_first(call.response),
        added=made or tuple(requested_rules(call.request, call.direction)),
    )


def _group_of_first(response: Fields) -> str | None:
    """Read the group of the first rule that a response names."""
    named = (rule.identifier("groupId") for rule in response.items("securityGroupRuleSet"))
    return next(named, None)


def _revoke(call: Call) -> Asked:
    # Revoking what is not there succeeds; a response that says what went is believed, also when that is nothing.
    group_id = call.request.identifier("groupId")
    if _says_what_went(call.response):
        went = tuple(answered_rules(call.response, "revokedSecurityGroupRuleSet", call.direction))
        return Asked(group_id, removed=went, says_what_went=True)
    return Asked(
        group_id,
        removed=tuple(requested_rules(call.request, call.direction)),
        removed_rule_ids=tuple(rule_ids(call.request)),
    )


def _says_what_went(response: Fields) -> bool:
    """Whether a response names the rules that went, or, where none did, those that were not there."""
    gone, unknown = (
        any(True for _ in response.items(name))
        for name in ("revokedSecurityGroupRuleSet", "unknownIpPermissionSet")
    )
    return gone or unknown


def _modify(call: Call) -> Asked:
    return Asked(call.request.identifier("GroupId"), modified=tuple(modified_rules(call.request)))


def _describe(call: Call) -> Asked:
    described = tuple(described_rules(call.request, call.direction))
    return Asked(call.request.identifier("groupId"), described=described)


def _associate(call: Call) -> Asked:
    vpc_id = call.request.identifier("VpcId") or call.request.required_identifier("vpcId")
    group_id = call.request.identifier("GroupId") or call.request.identifier("groupId")
    return Asked(group_id, effect=VpcAssociation(vpc_id))


def _membership(call: Call) -> Asked:
    resource_id = call.request.identifier("networkInterfaceId") or call.request.identifier("instanceId")
    if resource_id is None:
        raise MalformedEvent(call.request.at("networkInterfaceId"), "an interface or an instance")
    groups = tuple(item.required_identifier("groupId") for item in call.request.items("groupSet"))
    return Asked(group_ids=tuple(dict.fromkeys(groups))[:MAX_GROUPS], effect=Membership(resource_id))


def _tag(call: Call) -> Asked:
    ids = (item.required_identifier("resourceId") for item in call.request.items("resourcesSet"))
    groups = tuple(dict.fromkeys(resource_id for resource_id in ids if resource_id.startswith("sg-")))
    return Asked(group_ids=groups[:MAX_TAGGED], effect=Tagging(tuple(_tags(call.request))))


def _tags(request: Fields) -> Iterator[tuple[str, str | None]]:
    for item in request.items("tagSet"):
        value = item.text("value")
        yield item.required_text("key")[:_MAX_TAG_KEY], value[:_MAX_TAG_VALUE] if value else None


def _prefix_list(call: Call) -> Asked:
    request, answered = call.request, call.response.object("prefixList")
    edit = PrefixListEdit(
        prefix_list_id=request.identifier("PrefixListId")
        or answered.identifier("prefixListId")
        or request.required_identifier("PrefixListId"),
        added=tuple(
            (read_network(entry, "Cidr"), entry.text("Description")) for entry in request.elements("AddEntry")
        ),
        removed=tuple(read_network(entry, "Cidr") for entry in request.elements("RemoveEntry")),
        restored_version=request.integer("PreviousVersion"),
        version=request.integer("CurrentVersion") or _version_in_progress(answered),
    )
    return Asked(effect=edit)


def _version_in_progress(answered: Fields) -> int | None:
    """Give the version that an answer names while the edit is being carried out: still the one before it."""
    is_in_progress = (answered.text("state") or "").endswith("-in-progress")
    return answered.integer("version") if is_in_progress else None


READERS: Mapping[ChangeKind, Callable[[Call], Asked]] = {
    ChangeKind.CREATE: _create,
    ChangeKind.DELETE: _delete,
    ChangeKind.AUTHORIZE: _authorize,
    ChangeKind.REVOKE: _revoke,
    ChangeKind.MODIFY: _modify,
    ChangeKind.DESCRIBE: _describe,
    ChangeKind.ASSOCIATE: _associate,
    ChangeKind.DISASSOCIATE: _associate,
    ChangeKind.MEMBERSHIP: _membership,
    ChangeKind.TAG: _tag,
    ChangeKind.UNTAG: _tag,
    ChangeKind.PREFIX_LIST: _prefix_list,
}
"""What reads a call of each kind; each raises MalformedEvent."""

ABOUT_RULES = frozenset({ChangeKind.AUTHORIZE, ChangeKind.REVOKE, ChangeKind.MODIFY, ChangeKind.DESCRIBE})
"""The kinds that say nothing if they name no rule."""

MAY_BE_CUT = ABOUT_RULES | {ChangeKind.PREFIX_LIST}
"""The kinds of whose parameters there may be too many for a record."""

NEEDS_A_GROUP = frozenset(READERS) - {ChangeKind.CREATE, ChangeKind.PREFIX_LIST}
"""The kinds that say nothing if they name no group."""
