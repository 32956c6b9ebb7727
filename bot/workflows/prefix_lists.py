"""Read the prefix lists that rules name, and tell what an edit of one opens and closes on the groups that name it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.alerts import Alert, AlertNotFound
from bot.core.changes import GroupKey, PrefixListEdit, SecurityGroupChange
from bot.core.completion import Completion
from bot.core.errors import PrefixListNotFound, ReadDenied
from bot.core.jobs import ListEditJob, TellAgainJob
from bot.core.ledger import Ledger
from bot.core.list_completion import complete_edit
from bot.core.list_meaning import ListMeaning, NamedGroup, NamingGroup, mean_edit
from bot.core.prefix_lists import (
    PrefixListKey,
    PrefixListVersion,
    edited,
    lists_named,
    next_version,
)
from bot.core.severity import STANDARD, SeverityPolicy
from bot.workflows.draw import Drawing
from bot.workflows.ports import Alerts, Clock, Jobs, KnownLists, Lists, Telling
from bot.workflows.quieting import Quieting

MOST_GROUPS = 100
"""How many groups that name a list are looked at for one edit of it."""

_MOST_PAGES = 20

# EC2 makes a new version within seconds, and keeps the old one current until then.
_TRY_AGAIN_SECONDS = 15
_MADE_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ReadingLists:
    """Reads prefix lists for the groups whose rules name them, and keeps what it read."""

    lists: Lists
    store: KnownLists
    telling: Telling
    clock: Clock

    def read_for(self, key: GroupKey, prefix_list_ids: Iterable[str], since: datetime | None) -> None:
        """
        Read those of the lists that are not known, or not surely any more, then tell the group's alerts from *since* on again,
        or for None only what is open still.

        A list that cannot be seen from the group's account and region, or not any more, stays a name.

        Raises:
            SecurityGroupError: EC2 did not tell this time, and may the next; what it told is kept.
            StoreError: what was read may not have been kept, or not told.
        """
        now = self.clock()
        wanted = list(dict.fromkeys(prefix_list_ids))
        known = self.store.known_prefix_lists(wanted)
        due = [each for each in wanted if each not in known or not known[each].is_trusted(now)]
        for head in self.lists.heads(key.account_id, key.region, due) if due else ():
            kept = known.get(head.key.prefix_list_id)
            if kept and kept.is_current(head):
                found = replace(kept, name=head.name, read_at=now)
            else:
                found = self.lists.read(head, now=now)
            self.store.record_prefix_list(found, is_current=True)
        self.telling.tell_again(key, since)


class _NotMadeYet(Exception):
    """EC2 is still at it: the version that an edit makes is not there yet."""


@dataclass(frozen=True, slots=True)
class TellingEdits:
    """
    Completes the alerts of edits of prefix lists. *ledger_of* gives what is known of a group's rules.

    What it writes follows from the versions of the list and the rules as they are known, so that doing it twice does no harm.
    """

    lists: Lists
    store: KnownLists
    alerts: Alerts
    quieting: Quieting
    ledger_of: Callable[[GroupKey], Ledger]
    drawing: Drawing
    jobs: Jobs
    clock: Clock
    severities: SeverityPolicy = STANDARD

    def complete_alert(self, alert_id: str) -> None:
        """
        Put on the card of an edit what it opened and closed, and on which groups.

        Where EC2 has not made the new version yet, and only it knows what is in it, another job is queued.

        Raises:
            ReadDenied: the list may not be read; the card then says that nothing is known.
            SecurityGroupError: EC2 did not tell this time, and may the next.
            StoreError: what was found may not have been kept.
            JobError: the other job was not queued.
        """
        try:
            alert = self.alerts.alert(alert_id)
        except AlertNotFound:
            return
        change = alert.digest.change
        if not isinstance(change.effect, PrefixListEdit):
            return
        try:
            versions = self._versions(alert, change, change.effect)
        except _NotMadeYet:
            if self.clock() - change.time < _MADE_WITHIN:
                self.jobs.send(ListEditJob(alert_id), delay_seconds=_TRY_AGAIN_SECONDS)
                return
            versions = None
        except ReadDenied:
            self._tell(alert, complete_edit(alert, ListMeaning(is_known=False)))
            raise
        if versions is None:
            self._tell(alert, complete_edit(alert, ListMeaning(is_known=False)))
            return
        was, now = versions
        meaning = self._mean(change.effect.prefix_list_id, was, now)
        self._tell(alert, complete_edit(alert, meaning, was.networks, now.networks, self.severities))
        if meaning.opens or meaning.closes:
            self._have_groups_told(change.effect.prefix_list_id)

    def _have_groups_told(self, prefix_list_id: str) -> None:
        """Have it told on the groups that name a list what of their alerts is open still, and what is open to the internet."""
        behind: GroupKey | None = None
        for _ in range(_MOST_PAGES):
            keys = self.store.groups_naming(prefix_list_id, limit=MOST_GROUPS, behind=behind)
            for key in keys:
                self.jobs.send(TellAgainJob(key, None))
            if len(keys) < MOST_GROUPS:
                return
            behind = keys[-1]

    def _tell(self, alert: Alert, completion: Completion | None) -> None:
        if completion is None:
            return
        completed = self.alerts.complete(alert, self.quieting.weigh(alert, completion, self.clock()))
        if completed and completed.is_behind:
            self.drawing.draw(alert.alert_id)

    def _mean(self, prefix_list_id: str, was: PrefixListVersion, now: PrefixListVersion) -> ListMeaning:
        keys = self.store.groups_naming(prefix_list_id, limit=MOST_GROUPS + 1)
        groups = [NamingGroup(self._named(key), self.ledger_of(key)) for key in keys[:MOST_GROUPS]]
        others = lists_named(rule for group in groups for rule in group.ledger.rules)
        entries = self.store.prefix_lists(others) if others else {}
        return mean_edit(
            prefix_list_id,
            was.networks,
            now.networks,
            groups,
            entries,
            name=now.name,
            is_cut=len(keys) > MOST_GROUPS,
            policy=self.severities,
        )

    def _named(self, key: GroupKey) -> NamedGroup:
        details = self.store.group(key)
        return NamedGroup(key, details.name if details else None)

    def _versions(
        self, alert: Alert, change: SecurityGroupChange, edit: PrefixListEdit
    ) -> tuple[PrefixListVersion, PrefixListVersion] | None:
        """
        Give the list before and after an edit, and keep both; None where that cannot be known.

        A record that names all entries tells what comes of them, without waiting for EC2.

        Raises:
            _NotMadeYet: EC2 has not made the new version.
        """
        key = PrefixListKey(change.account_id, change.region, edit.prefix_list_id)
        if edit.version is None:
            self._refresh(key)
            return None
        was = self._version(key, edit.version)
        if was is None:
            return None
        if edit.restored_version is not None:
            back = self._version(key, edit.restored_version)
            now = back and replace(back, name=was.name, version=next_version(edit), read_at=self.clock())
        elif change.is_cut or alert.digest.cut_count:
            now = self._version(key, edit.version + 1)
        else:
            now = edited(was, edit, at=self.clock())
        if now is None:
            return None
        self.store.record_prefix_list(now)
        return was, now

    def _version(self, key: PrefixListKey, version: int) -> PrefixListVersion | None:
        """
        Give a list's entries in a version; None where EC2 has no such list (any more).

        Raises:
            _NotMadeYet: the list has not come to this version.
        """
        known = self.store.prefix_list(key.prefix_list_id, version)
        if known:
            return known
        for head in self.lists.heads(key.account_id, key.region, [key.prefix_list_id]):
            if head.version is not None and head.version < version:
                raise _NotMadeYet
            try:
                read = self.lists.read(replace(head, version=version), now=self.clock())
            except PrefixListNotFound:
                return None
            self.store.record_prefix_list(read)
            return read
        return None

    def _refresh(self, key: PrefixListKey) -> None:
        """Keep what a list holds by now, as nothing tells what came of its edit."""
        for head in self.lists.heads(key.account_id, key.region, [key.prefix_list_id]):
            self.store.record_prefix_list(self.lists.read(head, now=self.clock()), is_current=True)
