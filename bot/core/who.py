"""
Why it matters who made a change, and on whose group: remarks beside the findings on what it opens.

A new reason is one function and one row of REASONS, from which docs/severity.md is written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from bot.core.changes import ChangeKind, Evidence, OriginKind, Outcome, PrincipalKind, SecurityGroupChange
from bot.core.controls import CLOUDWATCH_1, IAM_4, IAM_5, IAM_9, Control
from bot.core.quoting import as_name
from bot.core.rules import Direction, ReferencedGroup, Rule
from bot.core.severity import Finding, Remark, Severity
from bot.core.tags import marks_as_code, says_no

Tags = tuple[tuple[str, str], ...]

_STACK = "aws:cloudformation:stack-name"
_OF_STACKS = "aws:cloudformation:"
_MAX_TAG = 60


@dataclass(frozen=True, slots=True)
class Known:
    """
    What an organisation knows as its own: *accounts* by id, with their names, and keys of tags that mark what code manages.

    Without any account named, no account is strange.
    """

    accounts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    managed_tags: frozenset[str] = frozenset()

    def is_strange(self, account_id: str) -> bool:
        """Tell whether others have a name, and this account has not."""
        return bool(self.accounts) and account_id not in self.accounts

    def marks_as_code(self, key: str, value: str | None = None) -> bool:
        """Tell whether a tag says that its group is managed by code; *value* is None where nobody tells it."""
        return (key in self.managed_tags and not says_no(value)) or marks_as_code(key, value)


NOTHING_KNOWN = Known()
"""Where nobody named anything."""


def judge_who(
    change: SecurityGroupChange, tags: Tags = (), known: Known = NOTHING_KNOWN
) -> tuple[Remark, ...]:
    """
    Gather what is to be said of who made *change*, on a group with these *tags*.

    Of what AWS refused it weighs low at most: it changed nothing, but that the root user tries what it may is worth a card.
    """
    found = (
        Remark(
            reason.severity,
            words,
            reason.cites.name if reason.cites else None,
            of_group=reason.of_group,
            in_short=reason.in_short,
        )
        for reason in REASONS
        if (words := reason.judge(change, tags, known))
    )
    if change.outcome is not Outcome.SUCCEEDED:
        found = (replace(finding, severity=_attempted(finding.severity)) for finding in found)
    return tuple(sorted(found, key=lambda finding: -finding.severity))


def _attempted(severity: Severity) -> Severity:
    return Severity.LOW if severity >= Severity.MEDIUM else Severity.INFORMATIONAL


def judge_accounts(rules: Iterable[Rule], known: Known) -> Iterator[Finding]:
    """
    Judge rules that admit groups of accounts which are not known.

    Netflix's Security Monkey had this at the level of what is open to the world but for web traffic.
    """
    for rule in rules:
        owner = _owner(rule)
        if owner and known.is_strange(owner):
            yield _from_strangers(rule, owner)


def judge_accounts_again(rules: Iterable[Rule], found: Iterable[Finding]) -> list[Finding]:
    """Judge what is left of rules by what was *found* of all of them: of which accounts it says that they are not known."""
    strange = {finding.audience for finding in found}
    judged = (_from_strangers(rule, owner) for rule in rules if (owner := _owner(rule)))
    return [finding for finding in judged if finding.audience in strange]


def _owner(rule: Rule) -> str | None:
    """Name the account whose group *rule* lets in, where it is another one."""
    match rule:
        case Rule(direction=Direction.EGRESS):
            return None
        case Rule(source=ReferencedGroup(_, account_id)):
            return account_id
    return None


def _from_strangers(rule: Rule, account_id: str) -> Finding:
    return Finding(Severity.HIGH, rule.traffic, f"a group of unknown account {account_id}")


def _by_root(change: SecurityGroupChange, _tags: Tags, _known: Known) -> str | None:
    is_root = change.principal.kind is PrincipalKind.ROOT
    return "By the account's root user, which everyday work does not need." if is_root else None


def _by_roots_key(change: SecurityGroupChange, _tags: Tags, _known: Known) -> str | None:
    """Of a user, a line of the card says so: pipelines of old call so all day long. Of root there should be no such key at all."""
    principal = change.principal
    is_root = principal.kind is PrincipalKind.ROOT
    is_by_key = principal.has_mfa is None and principal.has_long_term_key
    return "By a long-term access key, without a second factor (MFA)." if is_root and is_by_key else None


def _root_without_second_factor(change: SecurityGroupChange, _tags: Tags, _known: Known) -> str | None:
    is_root = change.principal.kind is PrincipalKind.ROOT
    return _WITHOUT_SECOND_FACTOR if is_root and change.principal.has_mfa is False else None


def _without_second_factor(change: SecurityGroupChange, _tags: Tags, _known: Known) -> str | None:
    is_root = change.principal.kind is PrincipalKind.ROOT
    return _WITHOUT_SECOND_FACTOR if not is_root and change.principal.has_mfa is False else None


_WITHOUT_SECOND_FACTOR = "The session was begun without a second factor (MFA)."


def _from_strangers_account(change: SecurityGroupChange, _tags: Tags, known: Known) -> str | None:
    account_id = _calling_account(change)
    if account_id is None or not known.is_strange(account_id):
        return None
    return f"Called from account {account_id}, which is not known."


def _from_another_account(change: SecurityGroupChange, _tags: Tags, known: Known) -> str | None:
    account_id = _calling_account(change)
    if account_id is None or known.is_strange(account_id):
        return None
    name = known.accounts.get(account_id)
    return f"Called from another account: {f'{name} ({account_id})' if name else account_id}."


def _calling_account(change: SecurityGroupChange) -> str | None:
    """Name the account that calls, where it is another one than the group's, and no service of AWS."""
    account_id = change.principal.account_id
    is_service = change.principal.kind is PrincipalKind.SERVICE
    return account_id if account_id and account_id != change.account_id and not is_service else None


def _by_hand(change: SecurityGroupChange, tags: Tags, known: Known) -> str | None:
    """
    Say that what code manages was changed beside it.

    What stacks manage only CloudFormation changes, and what Terraform manages only what says that it is Terraform; other code
    may call by any SDK, so of that only console and CLI are hands.
    """
    marks = sorted((key != _STACK, key, value) for key, value in tags if known.marks_as_code(key, value))
    if not marks or change.kind not in _DRIFTING:
        return None
    _, key, value = marks[0]
    how = _beside(change, key, value)
    if how is None:
        return None
    manager = (
        f"stack {as_name(value, _MAX_TAG)}"
        if key == _STACK
        else f"code (says its tag {as_name(key, _MAX_TAG)} = {as_name(value, _MAX_TAG)})"
    )
    done = "deleted" if change.kind is ChangeKind.DELETE else "changed"
    drifts = "may drift" if how == _OTHERWISE else "will drift"
    return f"Managed by {manager}, {done} {how}: {drifts}."


def _beside(change: SecurityGroupChange, key: str, value: str) -> str | None:
    """Say by what means *change* was made beside the code that the tag names; None where it may be that code's."""
    origin = change.origin
    if origin.kind in (OriginKind.CONSOLE, OriginKind.CLI):
        return _HANDS[origin.kind]
    is_said = origin.evidence is Evidence.USER_AGENT  # a service itself is told by more than that
    is_unknown = origin.kind is None or (origin.kind is OriginKind.CLOUDFORMATION and is_said)
    if is_unknown and change.principal.kind is PrincipalKind.SERVICE:
        return None
    if key.startswith(_OF_STACKS):
        return _OTHERWISE if is_unknown else _HANDS.get(origin.kind) if origin.kind else None
    if "terraform" in f"{key} {value}".lower():
        return _OTHERWISE if is_unknown or origin.kind is OriginKind.SDK else None
    return None


_DRIFTING = frozenset(
    {ChangeKind.AUTHORIZE, ChangeKind.REVOKE, ChangeKind.MODIFY, ChangeKind.DESCRIBE, ChangeKind.DELETE}
)
_OTHERWISE = "by other means"
_HANDS = {
    OriginKind.CONSOLE: "in the console",
    OriginKind.CLI: "by the AWS CLI",
    OriginKind.SDK: "by an AWS SDK",
    OriginKind.TERRAFORM: "by Terraform",
}

WhoJudge = Callable[[SecurityGroupChange, Tags, Known], str | None]
"""Gives the sentence that cards say, None where there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Reason:
    """
    One reason why it matters who made a change: what is so (*name*, *sentence*), how much that matters, and what tells.

    *in_short* and *of_group* are as in Remark; cards cite *cites*.
    """

    name: str
    severity: Severity
    judge: WhoJudge
    sentence: str
    cites: Control | None = None
    in_short: str | None = None
    of_group: bool = False


REASONS: tuple[Reason, ...] = (
    Reason(
        "an account that is not known",
        Severity.HIGH,
        _from_strangers_account,
        "Once accounts have names, the call comes from one that has none, or a rule lets in a group of one.",
        in_short="from an unknown account",
    ),
    Reason(
        "the root user",
        Severity.MEDIUM,
        _by_root,
        "The account's root user made the call.",
        cites=CLOUDWATCH_1,
        in_short="by the root user",
    ),
    Reason(
        "root without a second factor",
        Severity.MEDIUM,
        _root_without_second_factor,
        "The record says that the root user's session was begun without MFA.",
        cites=IAM_9,
        in_short="without MFA",
    ),
    Reason(
        "a long-term key of root",
        Severity.MEDIUM,
        _by_roots_key,
        "The root user called by an access key, which no second factor guards and which should not exist.",
        cites=IAM_4,
        in_short="without MFA",
    ),
    Reason(
        "no second factor",
        Severity.MEDIUM,
        _without_second_factor,
        "The record says that the session was begun without MFA.",
        cites=IAM_5,
        in_short="without MFA",
    ),
    Reason(
        "beside the code that manages it",
        Severity.LOW,
        _by_hand,
        "A group whose tags say that a stack or other code manages it is changed by another means, or by means that nobody "
        'vouches for. A tag "managed by" counts with the name of a tool, and none that says no.',
        of_group=True,
    ),
    Reason(
        "another account",
        Severity.INFORMATIONAL,
        _from_another_account,
        "The call comes from another account than the group's, which has a name, or where none has one.",
    ),
)
"""All of the reasons; of what is as severe, the first is said first."""
