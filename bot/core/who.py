"""
Why it matters who made a change, and on whose group: remarks beside the findings on what it opens.

A new reason is one function in _JUDGES. Levels follow AWS Security Hub's IAM and CloudWatch controls, as of 2026:
https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from bot.core.changes import ChangeKind, Evidence, OriginKind, Outcome, PrincipalKind, SecurityGroupChange
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
    found = (finding for found_by in _JUDGES if (finding := found_by(change, tags, known)))
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
    return Finding(Severity.HIGH, rule.traffic, f"a group of account {account_id}, which is not known")


def _by_root(change: SecurityGroupChange, _tags: Tags, _known: Known) -> Remark | None:
    if change.principal.kind is not PrincipalKind.ROOT:
        return None
    words = "By the account's root user, which everyday work does not need."
    return Remark(Severity.MEDIUM, words, "CloudWatch.1", in_short="by the root user")


def _without_second_factor(change: SecurityGroupChange, _tags: Tags, _known: Known) -> Remark | None:
    is_root = change.principal.kind is PrincipalKind.ROOT
    if change.principal.has_mfa is None and change.principal.has_long_term_key:
        # Pipelines of old call so all day long, and nobody publishes a level for it; of root there should be no such key at all.
        level, control = (Severity.MEDIUM, "IAM.4") if is_root else (Severity.INFORMATIONAL, None)
        words = "By a long-term access key, without a second factor (MFA)."
        return Remark(level, words, control, in_short="without MFA" if is_root else None)
    if change.principal.has_mfa is not False:
        return None
    words = "The session was begun without a second factor (MFA)."
    return Remark(Severity.MEDIUM, words, "IAM.9" if is_root else "IAM.5", in_short="without MFA")


def _from_another_account(change: SecurityGroupChange, _tags: Tags, known: Known) -> Remark | None:
    account_id = change.principal.account_id
    if not account_id or account_id == change.account_id or change.principal.kind is PrincipalKind.SERVICE:
        return None
    if known.is_strange(account_id):
        words = f"Called from account {account_id}, which is not known."
        return Remark(Severity.HIGH, words, in_short="from an unknown account")
    name = known.accounts.get(account_id)
    whose = f"{name} ({account_id})" if name else account_id
    return Remark(Severity.INFORMATIONAL, f"Called from another account: {whose}.")


def _by_hand(change: SecurityGroupChange, tags: Tags, known: Known) -> Remark | None:
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
    words = f"Managed by {manager}, {done} {how}: {drifts}."
    return Remark(Severity.LOW, words, of_group=True)


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

_JUDGES: tuple[Callable[[SecurityGroupChange, Tags, Known], Remark | None], ...] = (
    _by_root,
    _without_second_factor,
    _from_another_account,
    _by_hand,
)
