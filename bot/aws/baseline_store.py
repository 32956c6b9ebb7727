"""Where events come from, and how far those places have been read, in the table; each method is one call."""

import json
from contextlib import suppress
from datetime import datetime, timedelta

from bot.aws.behind_documents import read_not_read, write_behind
from bot.aws.keys import dump, iso
from bot.aws.table import ConditionFailed, Item, Table, Write
from bot.core.baseline import Baseline, HeardPlace, Where
from bot.core.behind import NotRead

# Organisations have fewer: that many accounts, in each of which events come from two or three regions.
_MOST_PLACES = 10_000


class BaselineStore:
    """
    The places that events come from, and the baselines read there.

    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    _table: Table
    _history: timedelta

    def hear_from(self, account_id: str, region: str, now: datetime) -> None:
        """Keep that an event came from an account and region; one that is silent for as long as history is kept goes."""
        self._table.update(
            Write(
                "Update",
                key={"pk": "PLACES", "sk": f"{account_id}#{region}"},
                expression="SET first_heard = if_not_exists(first_heard, :now), last_heard = :now, expires_at = :expires",
                values={":now": iso(now), ":expires": self._gone_after(now)},
            )
        )

    def places(self) -> list[HeardPlace]:
        """Give the accounts and regions that events came from."""
        found = self._table.query("pk = :places", {":places": "PLACES"}, limit=_MOST_PLACES)
        return [
            HeardPlace(
                *_where(item["sk"]),
                first_heard=datetime.fromisoformat(item["first_heard"]),
                last_heard=datetime.fromisoformat(item["last_heard"]),
                refusal=read_not_read(json.loads(item["refusal"])) if "refusal" in item else None,
            )
            for item in found
        ]

    def keep_refusal(self, account_id: str, region: str, refusal: NotRead | None) -> None:
        """Keep why what sits behind the groups of a place may not be read, or for None that it may."""
        write = Write(
            "Update",
            key={"pk": "PLACES", "sk": f"{account_id}#{region}"},
            expression="SET refusal = :refusal" if refusal else "REMOVE refusal",
            # A place from which nothing was heard is none, and most have nothing to forget.
            condition="attribute_exists(pk)" if refusal else "attribute_exists(refusal)",
            values={":refusal": dump(write_behind(refusal))} if refusal else None,
        )
        with suppress(ConditionFailed):
            self._table.update(write)

    def baseline(self, where: Where) -> Baseline | None:
        """Give the latest baseline of a place."""
        item = self._table.get(_key(where))
        return _read(item) if item else None

    def baselines(self) -> list[Baseline]:
        """Give the latest baseline of each place."""
        found = self._table.query("pk = :baselines", {":baselines": "BASELINES"}, limit=_MOST_PLACES)
        return [_read(item) for item in found]

    def keep_baseline(self, baseline: Baseline, *, now: datetime) -> bool:
        """Keep the next step of a baseline; False where somebody else took a step from the version before it."""
        first = "attribute_not_exists(pk)"
        before = None if baseline.version == 1 else {":before": baseline.version - 1}
        with suppress(ConditionFailed):
            self._table.put(
                Write(
                    "Put",
                    item=_item(baseline, self._gone_after(now)),
                    condition="version = :before" if before else first,
                    values=before,
                )
            )
            return True
        return False

    def _gone_after(self, now: datetime) -> int:
        return int((now + self._history).timestamp())


def _where(text: str) -> Where:
    account_id, region = text.split("#")
    return account_id, region


def _key(where: Where) -> Item:
    account_id, region = where
    return {"pk": "BASELINES", "sk": f"{account_id}#{region}"}


def _item(baseline: Baseline, expires_at: int) -> Item:
    return {
        **_key(baseline.where),
        "run": baseline.run,
        "started": iso(baseline.started),
        "moved": iso(baseline.moved),
        "token": baseline.token,
        "groups": baseline.groups,
        "kept": baseline.kept,
        "missed": baseline.missed,
        "tries": baseline.tries,
        "restarts": baseline.restarts,
        "finished": iso(baseline.finished) if baseline.finished else None,
        "trouble": baseline.trouble,
        "is_denied": 1 if baseline.is_denied else None,
        "complete": iso(baseline.complete) if baseline.complete else None,
        "version": baseline.version,
        "expires_at": expires_at,
    }


def _read(item: Item) -> Baseline:
    account_id, region = _where(item["sk"])
    return Baseline(
        account_id=account_id,
        region=region,
        run=item["run"],
        started=datetime.fromisoformat(item["started"]),
        moved=datetime.fromisoformat(item["moved"]),
        token=item.get("token"),
        groups=item["groups"],
        kept=item["kept"],
        missed=item["missed"],
        tries=item["tries"],
        restarts=item["restarts"],
        finished=datetime.fromisoformat(item["finished"]) if "finished" in item else None,
        trouble=item.get("trouble"),
        is_denied="is_denied" in item,
        complete=datetime.fromisoformat(item["complete"]) if "complete" in item else None,
        version=item["version"],
    )
