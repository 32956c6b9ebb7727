"""Whether somebody is to be notified of a change, and whether it needs somebody to take it: what the policy and mutes say."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.alerts import Alert, AlertStatus
from bot.core.assessment import Assessment, Severity, is_opening_unknown
from bot.core.changes import Outcome, SecurityGroupChange
from bot.core.expected import Expected
from bot.core.mutes import Mute
from bot.core.quiet import Quiet, QuietReason
from bot.core.upkeep import is_upkeep

PROBING = 3
"""From how many denied attempts within ten minutes on somebody seems to try what they may do."""


@dataclass(frozen=True, slots=True)
class QuietPolicy:
    """
    What an organisation does not want to be notified of.

    What is less severe than *least* is kept, and told in lists and in the digest, but not posted. *mutes* are those of the file.
    *posts_upkeep* says that what AWS services do by themselves is posted too (bot.core.upkeep).
    """

    least: Severity = Severity.LOW
    expected: tuple[Expected, ...] = ()
    mutes: tuple[Mute, ...] = ()
    posts_upkeep: bool = False


POST_ALL = QuietPolicy(least=Severity.INFORMATIONAL, posts_upkeep=True)
"""Keeps nothing from the channel."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """
    What becomes of an alert: *quiet* says why it gets no card, None where it gets one. *expected* is the policy's name for
    the principal where that acknowledges the alert, else None.
    """

    quiet: Quiet | None = None
    expected: str | None = None


def treat(
    change: SecurityGroupChange,
    assessment: Assessment,
    policy: QuietPolicy,
    mutes: Iterable[Mute],
    now: datetime,
    *,
    attempts: int = 0,
) -> Treatment:
    """
    Decide what becomes of the alert that tells *change*; *mutes* are those beside the file's.

    *attempts* counts what AWS denied of late (bot.core.bursts), with *change*.
    """
    expected = next((each for each in policy.expected if each.is_usual(change, assessment)), None)
    name = expected.name if expected else None
    if expected and expected.is_silent:
        return Treatment(Quiet(QuietReason.EXPECTED, expected.name), name)
    if _weight(change, assessment, attempts) < policy.least:
        return Treatment(Quiet(QuietReason.BELOW_THRESHOLD, policy.least.name.lower()), name)
    if not policy.posts_upkeep and is_upkeep(change, assessment):
        return Treatment(Quiet(QuietReason.UPKEEP, change.origin.service or change.principal.name), name)
    hiding = (mute for mute in (*policy.mutes, *mutes) if mute.hides(change, assessment, now))
    if mute := next(hiding, None):
        return Treatment(Quiet(QuietReason.MUTED, mute.mute_id), name)
    return Treatment(expected=name)


def treated(alert: Alert, treatment: Treatment) -> Alert:
    """Give *alert*, which is new, as *treatment* has it: quiet, it asks for nothing and has nothing to be drawn."""
    status = alert.status
    if status is AlertStatus.OPEN and treatment.expected:
        status = AlertStatus.ACKNOWLEDGED
    elif status is AlertStatus.OPEN and treatment.quiet:
        status = AlertStatus.NOTED
    return replace(
        alert,
        status=status,
        quiet=treatment.quiet,
        expected=treatment.expected if status is AlertStatus.ACKNOWLEDGED else None,
        drawn_version=alert.version if treatment.quiet else alert.drawn_version,
    )


def _weight(change: SecurityGroupChange, assessment: Assessment, attempts: int) -> Severity:
    """
    Say how much *change* matters against the threshold.

    What AWS refused is informational, as it changed nothing; but that somebody tried to open what would matter is worth a card,
    and so is somebody who goes on trying, whatever it is.
    """
    tried = bool(assessment.findings) or is_opening_unknown(change) or attempts >= PROBING
    return Severity.LOW if change.outcome is Outcome.DENIED and tried else assessment.severity
