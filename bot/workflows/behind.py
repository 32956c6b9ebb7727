"""Find out what sits behind the groups that an alert tells of, and put it on its card; what cannot be read costs a line."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.alerts import Alert, AlertNotFound
from bot.core.behind import (
    Behind,
    NotRead,
    OfGroup,
    Referenced,
    Surroundings,
    Trouble,
    asks_what_sits_behind,
    groups_admitted,
)
from bot.core.changes import GroupKey, Membership, SecurityGroupChange
from bot.core.errors import (
    JobError,
    ReadDenied,
    ReadRoleMissing,
    ReadThrottled,
    SecurityGroupError,
    StoreError,
)
from bot.core.interfaces import NetworkInterface, sum_up
from bot.core.jobs import BehindJob
from bot.workflows.draw import Drawing
from bot.workflows.ports import Clock, InterfacesOfGroups, Jobs, SurroundingsStore

_ATTEMPTS = 4
_A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class LookingBehind:
    """
    Reads what sits behind groups, each once a minute at the most, however many alerts ask.

    An alert is told once of each: what comes under its group later is another change's story, and a card's severity does not go
    up and down with it. A refusal is told as a sentence, which a later look replaces where it is about the first change. Of a
    burst, the groups are those that its card names as opened (bot.core.gathering). *refused* hears of each reading that
    Panopticon may not do, for the log and the metrics; for the doctor it is kept, until a reading succeeds.
    """

    interfaces: InterfacesOfGroups
    store: SurroundingsStore
    drawing: Drawing
    jobs: Jobs
    clock: Clock
    refused: Callable[[GroupKey, NotRead], None]

    def look(self, alert_id: str, *, has_waited: bool = False) -> None:
        """
        Tell an alert what sits behind its groups, and draw its card; who *has_waited* for others does not wait again.

        Raises:
            StoreError: it may not have been told.
        """
        if self.tell(alert_id, has_waited=has_waited):
            self.drawing.draw(alert_id)

    def tell(self, alert_id: str, *, has_waited: bool = False) -> bool:
        """
        Tell an alert what sits behind its groups, whose card somebody is to draw; whether there is something to draw.

        Where somebody else reads a group just now, or has read that nothing is attached before the change was made, that group
        is put off once, until the minute is over.

        Raises:
            StoreError: it may not have been told.
        """
        alert = self._waiting(alert_id)
        if alert is None:
            return False
        around, busy_until = self._read(alert, has_waited=has_waited)
        if busy_until:
            wait = -(-(busy_until - self.clock()) // _A_SECOND)
            with suppress(JobError):  # the card goes without
                self.jobs.send(BehindJob(alert_id, has_waited=True), delay_seconds=max(wait, 1))
        if around in (alert.surroundings, Surroundings()):
            return False
        for _ in range(_ATTEMPTS):
            if self.store.tell_surroundings(alert, around):
                return True
            alert = self._waiting(alert_id)
            if alert is None:
                return False
        return False

    def _waiting(self, alert_id: str) -> Alert | None:
        """Give an alert that is to be told what sits behind a group, and has not been; None for any other."""
        try:
            alert = self.store.alert(alert_id)
        except AlertNotFound:
            return None
        is_waiting = _asks_of_its_own(alert) or alert.groups_to_look_behind
        return alert if is_waiting and not alert.quiet else None

    def _read(self, alert: Alert, *, has_waited: bool) -> tuple[Surroundings, datetime | None]:
        """
        Add to what an alert tells what can be read just now; give also until when others read what is left out.

        What one of its changes found is not read for another.
        """
        change, around = alert.digest.change, alert.surroundings or Surroundings()
        busy_until: datetime | None = None
        own_id = None
        if _asks_of_its_own(alert):
            own_id = change.group_id
            try:
                own = self._of_its_own(change, has_waited=has_waited)
                around = replace(around, behind=own.behind, referenced=own.referenced)
            except _ReadByOthers as busy:
                busy_until = busy.until
        for group_id in alert.groups_to_look_behind:
            last = alert.gathering.last if alert.gathering and not has_waited else None
            if group_id == own_id:
                continue
            try:
                behind = self._of_group(GroupKey(change.account_id, change.region, group_id), last)
            except _ReadByOthers as busy:
                busy_until = busy.until
            else:
                around = replace(around, joined=(*around.joined, OfGroup(group_id, behind)))
        return replace(around, names=self._names(alert, around)), busy_until

    def _names(self, alert: Alert, around: Surroundings) -> tuple[tuple[str, str], ...]:
        """Give what the groups are called that the rules on an alert's card let in; a call where there are any more."""
        change, known = alert.digest.change, dict(around.names)
        keys = [
            GroupKey(change.account_id, change.region, group_id)
            for group_id in alert.groups_let_in
            if group_id not in known
        ]
        if keys:
            with suppress(StoreError):  # the card has their ids
                known |= self.store.group_names(keys)
        return tuple(known.items())

    def _of_its_own(self, change: SecurityGroupChange, *, has_waited: bool) -> Surroundings:
        """Read what sits behind the group of an alert's first change, and what it admits."""
        if isinstance(change.effect, Membership):
            behind = self._came_under(change, change.effect.resource_id)
            return Surroundings(behind)
        group = change.group or change.groups[0]
        behind = self._of_group(group, None if has_waited else change.time)
        if isinstance(behind, NotRead):
            return Surroundings(behind)
        admitted = {}
        for group_id in groups_admitted(change):
            key = GroupKey(group.account_id, group.region, group_id)
            inside = self._of_group(key, None if has_waited else change.time)
            if isinstance(inside, Behind):  # else the rule stands on the card without
                admitted[key] = inside
        known = self._known([key for key, inside in admitted.items() if not inside.interfaces])
        referenced = (
            Referenced(key.group_id, inside, is_known=inside.interfaces > 0 or key in known)
            for key, inside in admitted.items()
        )
        return Surroundings(behind, tuple(referenced))

    def _known(self, keys: Sequence[GroupKey]) -> set[GroupKey]:
        """Give those of *keys* that are groups of their account, as a reading or their creation told; no call for none."""
        kept = self.store.kept_ledgers(keys) if keys else {}
        return {key for key, each in kept.items() if each.ledger.is_known and each.ledger.deleted is None}

    def _came_under(self, change: SecurityGroupChange, resource_id: str) -> Behind | NotRead:
        """Read what an interface or instance is that got other groups."""
        group = change.groups[0]
        return self._summed_up(group, lambda: self.interfaces.of_resource(group, resource_id))

    def _of_group(self, key: GroupKey, changed: datetime | None) -> Behind | NotRead:
        """
        Give what sits behind a group: what was read within the minute, else what EC2 says now.

        That nothing is attached lowers a severity, so it is not taken from a reading that is older than what was *changed*;
        None there takes whatever there is, and does not wait.

        Raises:
            _ReadByOthers: somebody reads it just now, or has too early.
        """
        now = self.clock()
        read, until = self.store.take_turn_behind(key, now)
        if until is not None:
            is_too_early = isinstance(read, Behind) and read.is_out_of_reach and changed and read.at < changed
            if read and not is_too_early:
                return read
            if changed:
                raise _ReadByOthers(until)
        behind = self._summed_up(key, lambda: self.interfaces.of_group(key))
        self.store.keep_behind(key, behind)
        return behind

    def _summed_up(
        self, key: GroupKey, read: Callable[[], tuple[list[NetworkInterface], bool]]
    ) -> Behind | NotRead:
        """Read interfaces where the group *key* is, and keep whether Panopticon may."""
        now = self.clock()
        try:
            found, is_more = read()
            behind: Behind | NotRead = sum_up(found, now, is_more=is_more)
        except SecurityGroupError as error:
            behind = _not_read(error, now)
        refusal = behind if isinstance(behind, NotRead) else None
        if refusal is None or refusal.trouble is Trouble.DENIED:
            with suppress(StoreError):  # the next reading tells
                self.store.keep_refusal(key.account_id, key.region, refusal)
        if refusal and refusal.trouble is Trouble.DENIED:
            self.refused(key, refusal)
        return behind


def _asks_of_its_own(alert: Alert) -> bool:
    """Tell whether an alert is to be told what its first change asks for, and has not been."""
    is_told = alert.surroundings is not None and alert.surroundings.is_read
    return not is_told and asks_what_sits_behind(alert.digest.change)


class _ReadByOthers(Exception):
    """Somebody else has the turn to read a group, *until* then, and has told nothing yet that would do."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


def _not_read(error: SecurityGroupError, at: datetime) -> NotRead:
    match error:
        case ReadRoleMissing():
            return NotRead(at, error.code, Trouble.DENIED, error.role)
        case ReadDenied():
            return NotRead(at, error.code, Trouble.DENIED)
        case ReadThrottled():
            return NotRead(at, error.code, Trouble.THROTTLED)
        case _:
            return NotRead(at, error.code, Trouble.NO_ANSWER)
