"""The fact that a CloudTrail record states: who called what on which group, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.rules import Direction, Network, Rule


class ChangeKind(StrEnum):
    """What the call does to the group."""

    CREATE = "create"
    DELETE = "delete"
    AUTHORIZE = "authorize"
    REVOKE = "revoke"
    MODIFY = "modify"  # rules get new values
    DESCRIBE = "describe"  # rules get new descriptions
    ASSOCIATE = "associate"  # the group may be used in one more VPC
    DISASSOCIATE = "disassociate"
    MEMBERSHIP = "membership"  # a network interface or an instance gets other groups
    TAG = "tag"
    UNTAG = "untag"
    PREFIX_LIST = "prefix list"  # a list that rules may name gets other entries
    NOT_UNDERSTOOD = "not understood"  # it changes groups in a way that cannot be read
    FOUND = "found without an event"  # a reading shows it, and no event tells of it


class Outcome(StrEnum):
    """What AWS answered."""

    SUCCEEDED = "succeeded"
    DENIED = "denied"  # the caller was not authorised: worth telling
    FAILED = "failed"  # refused for another reason, or a dry run: history only


class PrincipalKind(StrEnum):
    """Who may call AWS, by CloudTrail's userIdentity."""

    ROOT = "root"
    IAM_USER = "IAM user"
    ASSUMED_ROLE = "assumed role"
    FEDERATED_USER = "federated user"
    WEB_IDENTITY = "web identity"
    IDENTITY_CENTER = "Identity Center user"
    SERVICE = "AWS service"
    ACCOUNT = "another account"
    UNKNOWN = "not given"


class OriginKind(StrEnum):
    """The means by which the call was made, as far as the record tells."""

    CONSOLE = "AWS console"
    CLI = "AWS CLI"
    SDK = "AWS SDK"
    TERRAFORM = "Terraform"
    CLOUDFORMATION = "CloudFormation"
    SERVICE = "AWS service"


class Evidence(StrEnum):
    """What tells the means of a call: AWS's own word, but for the last, and for what a role is called."""

    SESSION = "session"  # its credentials were made by the console
    SERVICE = "service"  # a service made the call
    ROLE = "role"  # such as only that service has; of Terraform, one that is called so
    USER_AGENT = "user agent"  # which a caller chooses as it likes


@dataclass(frozen=True, slots=True, order=True)
class GroupKey:
    """One security group of the whole organisation: ids alone are not unique across accounts and regions."""

    account_id: str
    region: str
    group_id: str


@dataclass(frozen=True, slots=True)
class GroupDetails:
    """
    What a group is called and where it is; None where nobody told. Name and VPC of a group never change, its *tags* do.
    """

    key: GroupKey
    name: str | None
    vpc_id: str | None
    description: str | None = None
    tags: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """A complete reading of a group's rules from EC2, with its tags, at an aware UTC time."""

    group: GroupDetails
    at: datetime
    rules: tuple[Rule, ...]
    tags: tuple[tuple[str, str], ...] = ()


PERSON, ROLE, SESSION = "person:", "role:", "session:"
"""How keys of principals begin: a person of Identity Center, a role, a session of a role that is called by an e-mail address."""


@dataclass(frozen=True, slots=True)
class Principal:
    """
    Who called AWS.

    *name* is what a reader recognises: the user, or the session's name of a role. *role* is the assumed role's own
    name. *key* tells principals apart and stays the same over time; *session* tells one session from the next. *has_mfa* says
    whether a user's or the root's session was begun with a second factor, None where the record cannot tell.
    """

    kind: PrincipalKind
    name: str
    account_id: str | None
    role: str | None
    key: str
    session: str
    has_mfa: bool | None = None

    @property
    def has_long_term_key(self) -> bool:
        """Whether a key called that is valid until somebody deletes it, as AWS begins their ids; keys of sessions begin with ASIA."""
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
        return self.session.startswith("AKIA")

    @property
    def label(self) -> str:
        """What tells the principal from others over time: a person's name, else the role's; both where only the role vouches."""
        if self.role and self.key.startswith(SESSION):
            return f"{self.name} (role {self.role})"
        return self.role if self.role and self.key.startswith(ROLE) else self.name


@dataclass(frozen=True, slots=True)
class Origin:
    """
    How and from where the call was made; None where the record does not tell.

    *service* is the one that made the call, on its own behalf or on the principal's. *evidence* is what tells *kind*.
    """

    kind: OriginKind | None
    source_address: str | None
    service: str | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class DescriptionEdit:
    """A rule's new description, None for none; the rule is named by what it admits, or by its id."""

    rule: Rule | str
    description: str | None


@dataclass(frozen=True, slots=True)
class Membership:
    """The groups of a network interface (eni-…) or an instance (i-…) are replaced by those that the change names."""

    resource_id: str


@dataclass(frozen=True, slots=True)
class Tagging:
    """
    Tags that a call puts on groups or takes from them.

    A value is None where a removal names the key alone. No tags at all in a removal means all of them.
    """

    tags: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class VpcAssociation:
    """A further VPC in which a group may be used, or may no longer."""

    vpc_id: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a reading shows at the change's time and no event tells of; *after* is the last time at which it was not so yet."""

    after: datetime | None


@dataclass(frozen=True, slots=True)
class PrefixListEdit:
    """
    New entries for a managed prefix list: whatever rule names it admits what it holds.

    *restored_version* is the version whose entries come back, None where the entries are named one by one. *version* is the
    one that the edit was made on, None where the record does not say; what comes of it is the version after that.
    """

    prefix_list_id: str
    added: tuple[tuple[Network, str | None], ...] = ()
    removed: tuple[Network, ...] = ()
    restored_version: int | None = None
    version: int | None = None


def direction_of(event_name: str) -> Direction:
    """
    Say which way the rules of a call go, by its name.

    >>> direction_of("RevokeSecurityGroupEgress").value, direction_of("AuthorizeSecurityGroupIngress").value
    ('egress', 'ingress')
    """
    return Direction.EGRESS if event_name.endswith("Egress") else Direction.INGRESS


@dataclass(frozen=True, slots=True)
class SecurityGroupChange:
    """
    One call that changes security groups, as CloudTrail reports it.

    *time* is aware UTC with one-second resolution. *group_id* is None where the record does not say which group
    (a group named only by *group_name*, or a failed create), and where it names several: those are in *mentioned*, as are
    the ids that a record which is not understood names anywhere. *added* and *removed* hold the rules that the call asks
    to add or remove, *removed_rule_ids* those that it names only by id, *modified* rules with the values they get.
    *is_cut* says that AWS left out of the record what the call asked for. *error_code* is None when it succeeded.
    *effect* is what a call does that is not about rules. *given_tags* are those that a group is created with.
    """

    event_id: str
    event_name: str
    kind: ChangeKind
    time: datetime
    account_id: str
    region: str
    group_id: str | None
    group_name: str | None
    vpc_id: str | None
    principal: Principal
    origin: Origin
    outcome: Outcome
    error_code: str | None = None
    added: tuple[Rule, ...] = ()
    removed: tuple[Rule, ...] = ()
    removed_rule_ids: tuple[str, ...] = ()
    modified: tuple[Rule, ...] = ()
    described: tuple[DescriptionEdit, ...] = ()
    effect: Membership | Tagging | VpcAssociation | PrefixListEdit | Discovery | None = None
    is_cut: bool = False
    mentioned: tuple[str, ...] = ()
    given_tags: tuple[tuple[str, str], ...] = ()

    @property
    def group(self) -> GroupKey | None:
        """The group's key, or None where the record does not say which group, or names several."""
        return self._key(self.group_id) if self.group_id else None

    @property
    def groups(self) -> tuple[GroupKey, ...]:
        """Every group that the record names."""
        ids = (self.group_id,) if self.group_id else self.mentioned
        return tuple(self._key(group_id) for group_id in ids)

    @property
    def direction(self) -> Direction:
        """Which way the rules go that the call adds, removes or describes; one that modifies them does not say."""
        return direction_of(self.event_name)

    @property
    def opening(self) -> tuple[Rule, ...]:
        """The rules that may admit what was not admitted before."""
        return self.added + self.modified

    def _key(self, group_id: str) -> GroupKey:
        return GroupKey(self.account_id, self.region, group_id)


@dataclass(frozen=True, slots=True)
class Digest:
    """
    A change cut to the lines that matter most, for cards and lists.

    *count* says how many lines the whole change has: rules, descriptions, tags, entries of a prefix list.
    """

    change: SecurityGroupChange
    count: int

    @property
    def cut_count(self) -> int:
        """How many lines of the change are not here."""
        return self.count - line_count(self.change)


def line_count(change: SecurityGroupChange) -> int:
    """Count what *change* lists: rules, descriptions, tags or entries."""
    match change.effect:
        case Tagging(tags):
            return len(tags)
        case PrefixListEdit(_, added, removed):
            return len(added) + len(removed)
        case _:
            rules = (change.added, change.removed, change.removed_rule_ids, change.modified, change.described)
            return sum(map(len, rules))
