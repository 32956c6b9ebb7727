"""Decide what is posted and what is only kept, with the mutes as they are now."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.core.alerts import Alert, AlertStatus
from bot.core.assessment import Assessment
from bot.core.changes import SecurityGroupChange
from bot.core.completion import Completion
from bot.core.errors import StoreError
from bot.core.mutes import Mute
from bot.core.quieting import QuietPolicy, Treatment, treat
from bot.workflows.ports import Mutes

_KNOWN_FOR = timedelta(seconds=30)
"""How long the mutes are taken for what they were read to be: a new one works within that, and the next change."""


@dataclass(slots=True)
class _Known:
    mutes: tuple[Mute, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quieting:
    """Keeps from the channel what nobody wants to be notified of; it reads the mutes now and then, and only where they matter."""

    policy: QuietPolicy
    store: Mutes
    _known: _Known = field(default_factory=_Known)

    def treat(
        self, change: SecurityGroupChange, assessment: Assessment, now: datetime, *, attempts: int = 0
    ) -> Treatment:
        """Decide what becomes of the alert that tells *change*; *attempts* counts what AWS denied of late, with it."""
        treatment = treat(change, assessment, self.policy, (), now, attempts=attempts)
        if treatment.quiet:
            return treatment
        return treat(change, assessment, self.policy, self._mutes(now), now, attempts=attempts)

    def weigh(self, alert: Alert, completion: Completion, now: datetime) -> Completion:
        """
        Say whether what came to be known of *alert* is more than what the policy made of it allows for.

        Only then is it told as more than was seen: one that is quiet gets a card, one that the policy acknowledged is open.
        """
        if not completion.is_more or not (alert.quiet or _is_taken_by_policy(alert)):
            return completion
        treatment = self.treat(completion.digest.change, completion.assessment, now, attempts=alert.attempts)
        is_as_before = bool(treatment.quiet) if alert.quiet else bool(treatment.expected)
        return replace(completion, is_more=not is_as_before)

    def _mutes(self, now: datetime) -> tuple[Mute, ...]:
        known = self._known
        if known.since is None or now - known.since >= _KNOWN_FOR:
            # Where they cannot be read, those that were known hold: better a card too many than an event that waits.
            with suppress(StoreError):
                known.mutes = tuple(self.store.mutes(now))
            known.since = now
        return known.mutes


def _is_taken_by_policy(alert: Alert) -> bool:
    return alert.status is AlertStatus.ACKNOWLEDGED and alert.expected is not None
