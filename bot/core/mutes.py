"""Mutes: that for a time nobody wants to be notified of a group, of a principal, or of a kind of finding."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.alerts import Alert
from bot.core.assessment import Assessment, Remark, Severity
from bot.core.changes import GroupKey, Principal, PrincipalKind, SecurityGroupChange

LONGEST_MUTE = timedelta(days=90)
"""How long a mute may last: what nobody wants to hear of for longer is worth a change of the rules, or of the policy."""

MUTE_DAYS = (1, 7, 30, 90)
"""For how many days one may mute from a card."""

MAX_REASON = 300
"""How long a mute's reason may be, in characters."""


@dataclass(frozen=True, slots=True)
class MutedPrincipal:
    """
    Whose changes are muted. *key* tells principals apart; None where only *name* and *account_id* are known of one, as people
    write them: the label that cards show.
    """

    name: str
    account_id: str | None
    key: str | None = None

    def is_(self, principal: Principal) -> bool:
        """Tell whether this is *principal*."""
        if self.key is not None:
            return self.key == principal.key
        return (self.name, self.account_id) == (principal.label, principal.account_id)


@dataclass(frozen=True, slots=True)
class MuteSubject:
    """
    What is muted: all that is said of it has to hold, and something is said. *group_name* is what the group was called.

    *finding* is a published control ("EC2.18"), or what a finding says ("HTTP (tcp 8080) open to the internet"), or a remark.
    """

    group: GroupKey | None = None
    group_name: str | None = None
    principal: MutedPrincipal | None = None
    finding: str | None = None

    def covers(self, change: SecurityGroupChange, assessment: Assessment) -> bool:
        """
        Tell whether *change* is about nothing else.

        A call on several groups is about one of them only in part, and so is one of which more is found than this, be it of
        who made it.
        """
        if self.group and set(change.groups) != {self.group}:
            return False
        if self.principal and not self.principal.is_(change.principal):
            return False
        if self.finding is None:
            return bool(self.group or self.principal)
        remarks = (*assessment.remarks, *_serious(assessment))
        kinds = [
            *((*finding.controls, finding.effect) for finding in assessment.findings),
            *((*remark.controls, remark.sentence) for remark in remarks),
        ]
        return bool(kinds) and not assessment.more_findings and all(self.finding in kind for kind in kinds)


@dataclass(frozen=True, slots=True)
class Mute:
    """
    That nobody is notified of *subject* from *since* until *until*, aware UTC, the latter exclusive.

    *owner* is the Slack id of the person who asked for it, or a name as the policy has it where *is_of_file*.
    *also_critical* says that it hides even what is critical. *hidden* counts the alerts that it kept from the channel.
    """

    mute_id: str
    subject: MuteSubject
    owner: str
    reason: str
    since: datetime
    until: datetime
    also_critical: bool = False
    is_of_file: bool = False
    hidden: int = 0

    def is_running(self, now: datetime) -> bool:
        """Tell whether it holds at *now*."""
        return self.since <= now < self.until

    def hides(self, change: SecurityGroupChange, assessment: Assessment, now: datetime) -> bool:
        """Tell whether nobody is to be notified of *change*."""
        breaks_through = assessment.severity is Severity.CRITICAL and not self.also_critical
        return not breaks_through and self.is_running(now) and self.subject.covers(change, assessment)


def subjects_of(alert: Alert) -> dict[str, MuteSubject]:
    """
    Name what can be muted from the card of *alert*, by words that a form keeps: what would hide its like.

    A kind of finding is offered where there is no other one beside it, which would still be told; and of an alert that gathers
    several changes, only who made them.
    """
    change, assessment = alert.digest.change, alert.assessment
    subjects: dict[str, MuteSubject] = {}
    group = None if alert.is_gathered else alert.group
    name = alert.group_name or change.group_name
    kinds = {finding.effect for finding in assessment.findings}
    kinds |= {remark.sentence for remark in (*assessment.remarks, *_serious(assessment))}
    kind = kinds.pop() if len(kinds) == 1 and not assessment.more_findings else None
    if kind and group:
        subjects["kind_here"] = MuteSubject(group=group, group_name=name, finding=kind)
    if group:
        subjects["group"] = MuteSubject(group=group, group_name=name)
    if change.principal.key and change.principal.kind is not PrincipalKind.UNKNOWN:
        principal = change.principal
        muted = MutedPrincipal(principal.label, principal.account_id, principal.key)
        subjects["principal"] = MuteSubject(principal=muted)
    if kind and not alert.is_gathered:
        subjects["kind"] = MuteSubject(finding=kind)
    return subjects


def can_be_muted(alert: Alert) -> bool:
    """Tell whether subjects_of names anything, which it does of all but a few."""
    is_of_group = bool(alert.digest.change.group_id) and not alert.is_gathered
    return is_of_group or bool(subjects_of(alert))


def _serious(assessment: Assessment) -> Iterator[Remark]:
    """Give what would make a change matter by itself of who made it."""
    return (remark for remark in assessment.about_who if remark.severity >= Severity.MEDIUM)


def mute_id_for(asked: str) -> str:
    """Derive a mute's id from what asks for it, so that asking twice makes one mute."""
    return hashlib.sha256(asked.encode(errors="replace")).hexdigest()[:12]
