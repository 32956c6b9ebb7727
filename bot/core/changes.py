"""The fact that a CloudTrail record states: who called what on which group, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.rules import Rule


class ChangeKind(StrEnum):
    """What the call does to the group."""

    CREATE = "create"
    DELETE = "delete"
    AUTHORIZE = "authorize"
    REVOKE = "revoke"
    NOT_UNDERSTOOD = "not understood"  # it changes groups in a way that cannot be read


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


@dataclass(frozen=True, slots=True, order=True)
class GroupKey:
    """One security group of the whole organisation: ids alone are not unique across accounts and regions."""

    account_id: str
    region: str
    group_id: str


@dataclass(frozen=True, slots=True)
class GroupDetails:
    """What a group is called and where it is; None where nobody told. Name and VPC of a group never change."""

    key: GroupKey
    name: str | None
    vpc_id: str | None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """A complete reading of a group's rules from EC2, at an aware UTC time."""

    group: GroupDetails
    at: datetime
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Principal:
    """
    Who called AWS.

    *name* is what a reader recognises: the user, or the session's name of a role. *role* is the assumed role's own
    name. *key* tells principals apart and stays the same over time; *session* tells one session from the next.
    """

    kind: PrincipalKind
    name: str
    account_id: str | None
    role: str | None
    key: str
    session: str


@dataclass(frozen=True, slots=True)
class Origin:
    """How and from where the call was made; None where the record does not tell."""

    kind: OriginKind | None
    source_address: str | None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class SecurityGroupChange:
    """
    One call on one security group, as CloudTrail reports it.

    *time* is aware UTC with one-second resolution. *group_id* is None where the record does not say which group
    (a group named only by *group_name*, or a failed create). *added* and *removed* hold the rules that the call asks to
    add or remove, *removed_rule_ids* those that it names only by id. *error_code* is None when it succeeded.
    *mentioned* lists group ids that a record which is not understood names anywhere.
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
    mentioned: tuple[str, ...] = ()

    @property
    def group(self) -> GroupKey | None:
        """The group's key, or None where the record does not say which group."""
        return GroupKey(self.account_id, self.region, self.group_id) if self.group_id else None


@dataclass(frozen=True, slots=True)
class Digest:
    """
    A change cut to the rules that matter most, for cards and lists.

    *added_count* and *removed_count* say how many rules the whole change has.
    """

    change: SecurityGroupChange
    added_count: int
    removed_count: int

    @property
    def cut_count(self) -> int:
        """How many rules of the change are not here."""
        kept = len(self.change.added) + len(self.change.removed) + len(self.change.removed_rule_ids)
        return self.added_count + self.removed_count - kept


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change in a list; *alert_id* is None where it was not worth telling. *position* is for paging only."""

    digest: Digest
    alert_id: str | None
    position: str
