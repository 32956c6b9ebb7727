"""What the workflows need of the world outside: the store, Slack, EC2, the queue of jobs, a clock and new ids."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from bot.core.alerts import Acknowledgement, Alert, MessageRef
from bot.core.changes import GroupDetails, GroupKey, HistoryEntry, Observation, SecurityGroupChange
from bot.core.jobs import Job

Card = dict[str, Any]
View = dict[str, Any]

Clock = Callable[[], datetime]
NewId = Callable[[], str]
Artist = Callable[[Alert], Card]


class Facts(Protocol):
    """The part of the store that keeps what happened."""

    def record_change(
        self,
        change: SecurityGroupChange,
        event: Mapping[str, Any],
        *,
        alert: Alert | None,
        learn: GroupDetails | None,
        now: datetime,
    ) -> None: ...
    def record_observation(self, observation: Observation, *, now: datetime) -> None: ...
    def latest_observation(self, key: GroupKey) -> Observation | None: ...
    def group(self, key: GroupKey) -> GroupDetails | None: ...
    def groups_called(self, name: str, account_id: str, region: str) -> list[GroupDetails]: ...


class History(Protocol):
    """The part of the store that answers questions."""

    def groups_named(self, prefix: str, *, limit: int) -> list[GroupDetails]: ...
    def groups_with_id(self, group_id: str, *, limit: int) -> list[GroupDetails]: ...
    def group(self, key: GroupKey) -> GroupDetails | None: ...
    def changes_of(
        self, key: GroupKey, *, limit: int, before: str | None = None, after: str | None = None
    ) -> list[HistoryEntry]: ...
    def latest_changes(
        self, *, limit: int, now: datetime, before: str | None = None, after: str | None = None
    ) -> list[HistoryEntry]: ...
    def alert(self, alert_id: str) -> Alert: ...
    def alerts(self, alert_ids: Iterable[str]) -> dict[str, Alert]: ...
    def open_alerts(self, *, limit: int) -> list[Alert]: ...
    def latest_alerts(self, *, limit: int, now: datetime) -> list[Alert]: ...


class Alerts(Protocol):
    """The part of the store that moves alerts on."""

    def acknowledge(self, alert_id: str, acknowledgement: Acknowledgement, *, now: datetime) -> Alert: ...
    def unacknowledge(self, alert_id: str, *, seen_version: int) -> Alert: ...
    def name_group(self, alert_id: str, name: str, vpc_id: str | None) -> Alert | None: ...
    def adopt(self, alert_id: str, message: MessageRef, *, instead_of: MessageRef | None) -> bool: ...
    def alerts_behind(self, *, limit: int) -> list[Alert]: ...


class Leases(Protocol):
    """The part of the store that says who may draw."""

    def lease(self, alert_id: str, holder: str, *, now: datetime) -> tuple[Alert, datetime | None]: ...
    def mark_drawn(
        self, alert_id: str, holder: str, *, version: int, message: MessageRef, now: datetime
    ) -> Alert: ...
    def free_lease(self, alert_id: str, holder: str) -> None: ...
    def prolong_lease(self, alert_id: str, holder: str, *, until: datetime) -> None: ...


class Channel(Protocol):
    """The alert channel in Slack."""

    def post(self, card: Card) -> MessageRef: ...
    def update(self, message: MessageRef, card: Card) -> None: ...
    def remove(self, message: MessageRef) -> None: ...
    def find(self, alert_id: str, *, after: datetime, before: datetime) -> MessageRef | None: ...


class Modals(Protocol):
    """The modals that people look at in Slack."""

    def update_view(self, view_id: str, view: View, *, view_hash: str | None = None) -> None: ...


class Groups(Protocol):
    """Security groups as EC2 has them now."""

    def observe(self, key: GroupKey, *, now: datetime) -> Observation: ...


class Jobs(Protocol):
    """Where jobs for the worker go."""

    def send(self, job: Job, *, delay_seconds: int = 0) -> None: ...
