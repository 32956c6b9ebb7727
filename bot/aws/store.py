"""What Panopticon remembers, as intentions; each is one call to the table unless it says otherwise."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.aws.alert_items import alert_item
from bot.aws.baseline_store import BaselineStore
from bot.aws.behind_store import BehindStore
from bot.aws.burst_store import BurstStore, bursts_writes, joining_writes
from bot.aws.catch_up_store import CatchUpStore
from bot.aws.digest_store import DigestStore
from bot.aws.history_store import HistoryStore
from bot.aws.items import (
    change_items,
    event_item,
    observation_item,
    principal_item,
    read_event,
    read_observation,
)
from bot.aws.keys import (
    NAMES,
    WATCH,
    change_key,
    dump,
    group_key,
    group_pk,
    iso,
    name_position,
    observation_key,
    principal_key,
)
from bot.aws.ledger_items import ledger_writes
from bot.aws.ledger_store import LedgerStore
from bot.aws.mute_store import MuteStore, hidden_write
from bot.aws.organization_store import OrganizationStore
from bot.aws.pace_store import PaceStore
from bot.aws.people_store import PeopleStore
from bot.aws.prefix_list_store import PrefixListStore
from bot.aws.table import ConditionFailed, Write
from bot.core.alerts import Alert, AlreadyRecorded
from bot.core.bursts import BurstMoved, Bursts
from bot.core.changes import GroupDetails, GroupKey, Observation, SecurityGroupChange
from bot.core.history import KnownPrincipal
from bot.core.keeping import LedgerMove, LedgerMoved
from bot.core.parts import AlertRef, Part
from bot.core.quiet import QuietReason
from bot.core.sightings import KEPT_FOR, Sighting


class Store(
    BurstStore,
    BaselineStore,
    BehindStore,
    CatchUpStore,
    DigestStore,
    HistoryStore,
    LedgerStore,
    MuteStore,
    OrganizationStore,
    PaceStore,
    PeopleStore,
    PrefixListStore,
):
    """
    The whole table: the facts, the groups with their history and their ledgers, the prefix lists, the names of
    accounts, the alerts, the mutes, and whose turn it is in Slack.

    Lists that come from an index may lack what was written a moment ago; what they do show is as last written.
    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    def record_change(
        self,
        change: SecurityGroupChange,
        event: Mapping[str, Any],
        *,
        alert: Alert | None,
        learn: GroupDetails | None,
        now: datetime,
        meet: Iterable[GroupKey] = (),
        move: LedgerMove | None = None,
        part: Part | None = None,
        bursts: Bursts | None = None,
    ) -> None:
        """
        Keep *change* with the *event* that states it, the *alert* that tells it and what it makes of its group's ledger, all
        or nothing.

        *part* is how the change joins an alert that is there already, *alert* being as it is with that. *bursts* are the
        session's with this change, None where they stay as they are.

        *learn* is what the change says of a group that is new, None where nothing: a group's item is not written without
        need, as calls on one group often come at once and would wait for each other. *meet* are groups of which no more is
        known than that they are there, so that one can ask for them. What a mute hides is counted.

        Raises:
            AlreadyRecorded: the event was taken before; the error names the alert that tells it.
            LedgerMoved: the group's ledger is not the one any more that *move* was made from.
            BurstMoved: neither are the session's bursts, or the alert that the change was to join.
        """
        told = AlertRef(alert.alert_id, part.version if part else alert.version) if alert else None
        expires_at = self._expiry(now)
        writes = [
            Write(
                "Put",
                item=event_item(change.event_id, told, expires_at),
                condition="attribute_not_exists(pk)",
            ),
            *(ledger_writes(move, expires_at) if move else ()),
        ]
        of_ledger = len(writes)
        writes += bursts_writes(bursts, now) if bursts else []
        writes += joining_writes(alert, part, expires_at) if alert and part else []
        items = change_items(change, event, told=told, received_at=now, expires_at=expires_at)
        writes += [Write("Put", item=item) for item in items]
        if alert and not part:
            writes.append(Write("Put", item=alert_item(alert, expires_at)))
        if alert and alert.quiet and alert.quiet.reason is QuietReason.MUTED:
            writes.append(hidden_write(alert.quiet.by, change.event_id, expires_at))
        if learn:
            writes.append(_learn(learn))
        writes += [_learn(GroupDetails(key, None, None)) for key in meet]
        try:
            self._table.transact(writes)
        except ConditionFailed as failure:
            if failure.index:
                raise (LedgerMoved if failure.index < of_ledger else BurstMoved) from failure
            raise AlreadyRecorded(failure.item.get("alert_id") if failure.item else None) from failure

    def record_observation(self, observation: Observation, move: LedgerMove, *, now: datetime) -> None:
        """
        Keep *observation*, what it says the group is called, and what it makes of the group's ledger.

        Raises:
            LedgerMoved: the group's ledger is not the one any more that *move* was made from.
        """
        details = replace(observation.group, tags=observation.tags)
        kept = Write("Put", item=observation_item(observation, self._expiry(now)))
        writes = [*ledger_writes(move, self._expiry(now)), kept, _learn(details)]
        try:
            self._table.transact(writes)
        except ConditionFailed as failure:
            raise LedgerMoved from failure

    def record_found(self, alert: Alert, move: LedgerMove, *, now: datetime) -> None:
        """
        Keep the *alert* that tells what was found without an event, and that it waits for what it tells to close.

        Raises:
            AlreadyRecorded: it is there.
            LedgerMoved: the group's ledger is not the one any more that *move* was made from; a late event may explain it.
        """
        told = Write("Put", item=alert_item(alert, self._expiry(now)), condition="attribute_not_exists(pk)")
        try:
            self._table.transact([told, *ledger_writes(move, self._expiry(now))])
        except ConditionFailed as failure:
            if failure.index:
                raise LedgerMoved from failure
            raise AlreadyRecorded(alert.alert_id) from failure

    def record_move(self, move: LedgerMove, *, now: datetime) -> None:
        """
        Keep what *move* makes of a group's ledger, where no fact is new.

        Raises:
            LedgerMoved: the group's ledger is not the one any more that *move* was made from.
        """
        try:
            self._table.transact(ledger_writes(move, self._expiry(now)))
        except ConditionFailed as failure:
            raise LedgerMoved from failure

    def event_of(self, change: SecurityGroupChange) -> dict[str, Any] | None:
        """Give the event that stated *change*, as it came; None once its time to live is over."""
        item = self._table.get(change_key(change))
        return read_event(item) if item else None

    def meet_principal(self, principal: KnownPrincipal, event_id: str, now: datetime) -> Sighting | None:
        """
        Keep what a principal is called, so that people can ask for its changes, and that it was seen; give when it was before.

        None where nobody kept that. The same event gives the same again. A second call, once a day at most, keeps when it was
        seen last.
        """
        item = principal_item(principal, event_id, now)
        try:
            self._table.put(Write("Put", item=item, condition="attribute_not_exists(pk)"))
        except ConditionFailed as failure:
            known = failure.item or {}
        else:
            return Sighting(None)
        if known.get("seen_event") == event_id:
            return Sighting(_time(known.get("seen_before")))
        seen = _time(known.get("seen_at"))
        if seen is None or now - seen >= KEPT_FOR:
            again = Write(
                "Update",
                key=principal_key(principal.reference),
                expression="SET seen_at = :now, seen_event = :event"
                + (", seen_before = :seen" if seen else ""),
                condition="seen_at = :seen" if seen else "attribute_not_exists(seen_at)",
                values={":now": iso(now), ":event": event_id, **({":seen": iso(seen)} if seen else {})},
            )
            with suppress(ConditionFailed):  # somebody else met it this moment
                self._table.update(again)
        return Sighting(seen) if seen else None

    def start_watching(self, now: datetime) -> None:
        """Keep since when changes are kept; the first time counts."""
        with suppress(ConditionFailed):
            self._table.put(
                Write("Put", item={**WATCH, "since": iso(now)}, condition="attribute_not_exists(pk)")
            )

    def observation(self, key: GroupKey, at: datetime) -> Observation | None:
        """Give the complete reading of a group's rules of that moment."""
        item = self._table.get(observation_key(key, at))
        return read_observation(key, item) if item else None

    def latest_observation(self, key: GroupKey) -> Observation | None:
        """Give the last complete reading of a group's rules."""
        found = self._table.query(
            "pk = :pk AND begins_with(sk, :kind)",
            {":pk": group_pk(key), ":kind": "OBSERVED#"},
            limit=1,
            newest_first=True,
        )
        return read_observation(key, found[0]) if found else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _learn(details: GroupDetails) -> Write:
    """Keep what a group is called; what is not known this time stays as it was."""
    known = {
        "name": details.name,
        "vpc_id": details.vpc_id,
        "description": details.description,
        "tags": dump(details.tags) if details.tags is not None else None,
        "name_pk": NAMES if details.name else None,
        "name_sk": name_position(details),
    }
    known = {name: value for name, value in known.items() if value}
    return Write(
        "Update",
        key=group_key(details.key),
        # The group's own key is an attribute too, so that a group of which nothing more is known can be written.
        expression="SET " + ", ".join(["group_id = :group_id", *(f"#{name} = :{name}" for name in known)]),
        names={f"#{name}": name for name in known} or None,
        values={":group_id": details.key.group_id, **{f":{name}": value for name, value in known.items()}},
    )
