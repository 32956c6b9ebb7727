"""The ledgers of groups in the table, and the facts they are folded from; each method is one call unless it says otherwise."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.aws.burst_store import read_session, session_keys
from bot.aws.items import read_event, read_group, read_observation, read_told
from bot.aws.keys import group_key, group_pk, iso
from bot.aws.ledger_documents import read_open
from bot.aws.ledger_items import EXPOSED, folded_key, ledger_key, read_kept_ledger
from bot.aws.table import Item, Table
from bot.core.bursts import Bursts, SessionKey
from bot.core.changes import GroupDetails, GroupKey, Observation
from bot.core.cloudtrail import glimpse_change, parse_change
from bot.core.errors import EventError, StoreError
from bot.core.keeping import KeptLedger, RecordedChange
from bot.core.openness import ExposedGroup

_ROUNDS = 4
_LAST = "~"  # sorts behind every position
MOST_FACTS = 3000
"""How many facts of one group are read at the most; a group that changes more between two readings is read again soon."""


class LedgerStore:
    """
    What the rules of groups are folded from, and how far that has come.

    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    _table: Table
    _history: timedelta

    def group_and_ledger(self, key: GroupKey) -> tuple[GroupDetails | None, KeptLedger]:
        """Give what is known of a group, and its ledger; more calls only while that is being written."""
        details, kept, _ = self.group_ledger_and_bursts(key, None)
        return details, kept

    def group_ledger_and_bursts(
        self, key: GroupKey, session: SessionKey | None
    ) -> tuple[GroupDetails | None, KeptLedger, Bursts | None]:
        """Give beside that the bursts of a session, None for none; with the same call."""
        for _ in range(_ROUNDS):
            of_session = session_keys(session) if session else []
            found = self._read([group_key(key), ledger_key(key), folded_key(key), *of_session])
            named = found.get(_place(group_key(key)))
            kept = self._kept(key, found)
            if kept:
                by_pk = {item["pk"]: found[_place(item)] for item in of_session if _place(item) in found}
                bursts = read_session(session, by_pk) if session else None
                return read_group(named) if named else None, kept, bursts
        raise StoreError("batch_get_item", "LedgerMoves")

    def kept_ledgers(self, keys: Iterable[GroupKey]) -> dict[GroupKey, KeptLedger]:
        """Give the ledgers of groups, a call for each fifty; those that are being written are left out."""
        wanted = list(dict.fromkeys(keys))
        found = self._read([item for key in wanted for item in (ledger_key(key), folded_key(key))])
        read = ((key, self._kept(key, found)) for key in wanted)
        return {key: kept for key, kept in read if kept}

    def changes_since(self, key: GroupKey, after: datetime | None) -> list[RecordedChange]:
        """Give the changes of a group behind the time *after*, in the order of their times."""
        low = f"CHANGE#{iso(after)}{_LAST}" if after else "CHANGE#"
        found = self._table.query(
            "pk = :pk AND sk BETWEEN :low AND :high",
            {":pk": group_pk(key), ":low": low, ":high": f"CHANGE#{_LAST}"},
            limit=MOST_FACTS,
        )
        return [_recorded(key, item) for item in found]

    def readings_since(self, key: GroupKey, since: datetime | None) -> list[Observation]:
        """Give the readings of a group from *since* on, in the order of their times."""
        found = self._table.query(
            "pk = :pk AND sk BETWEEN :low AND :high",
            {
                ":pk": group_pk(key),
                ":low": f"OBSERVED#{iso(since)}" if since else "OBSERVED#",
                ":high": f"OBSERVED#{_LAST}",
            },
            limit=MOST_FACTS,
        )
        return [read_observation(key, item) for item in found]

    def reading_before(self, key: GroupKey, time: datetime) -> Observation | None:
        """Give the last reading of a group that was earlier than *time*."""
        found = self._table.query(
            "pk = :pk AND sk BETWEEN :low AND :high",
            {":pk": group_pk(key), ":low": "OBSERVED#", ":high": f"OBSERVED#{iso(time - _TICK)}"},
            limit=1,
            newest_first=True,
        )
        return read_observation(key, found[0]) if found else None

    def exposed_page(self, *, limit: int, behind: str | None = None) -> tuple[list[ExposedGroup], str | None]:
        """
        Give the next *limit* groups that are listed as open to the internet, and where the list goes on, None at its end.

        The most severe first, among equals the longest open; fewer where the index lags; two calls.
        """
        listed = self._table.query(
            "exposed_pk = :list AND exposed_sk > :from",
            {":list": EXPOSED, ":from": behind or " "},
            limit=limit,
            index="exposed",
        )
        items = (
            self._table.get_all([{"pk": item["pk"], "sk": item["sk"]} for item in listed]) if listed else []
        )
        found = [_read_exposed(item) for item in items if "exposed_sk" in item]
        more = listed[-1]["exposed_sk"] if len(listed) == limit else None
        return sorted(found, key=lambda group: group.place), more

    def _read(self, keys: list[Item]) -> dict[tuple[str, str], Item]:
        return {_place(item): item for item in self._table.get_all(keys)} if keys else {}

    @staticmethod
    def _kept(key: GroupKey, found: dict[tuple[str, str], Item]) -> KeptLedger | None:
        return read_kept_ledger(key, found.get(_place(ledger_key(key))), found.get(_place(folded_key(key))))


_TICK = timedelta(microseconds=1)


def _place(item: Item) -> tuple[str, str]:
    return item["pk"], item["sk"]


def _recorded(key: GroupKey, item: Item) -> RecordedChange:
    event = read_event(item)
    try:
        change = parse_change(event)
    except EventError:
        change = glimpse_change(event, datetime.fromisoformat(item["received_at"]))
    if change.group_id is None:  # the call named its group, whose id was looked up
        change = replace(change, group_id=key.group_id)
    return RecordedChange(change, read_told(item))


def _read_exposed(item: Item) -> ExposedGroup:
    _, account_id, region, group_id = item["pk"].split("#")
    opens = tuple(read_open(document) for document in json.loads(item["opens"]))
    key = GroupKey(account_id, region, group_id)
    return ExposedGroup(key, item.get("group_name"), opens, item["exposed_sk"])
