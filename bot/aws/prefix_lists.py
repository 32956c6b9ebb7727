"""Prefix lists as EC2 has them, by version: only the two calls that are needed, in our words and errors."""

from collections.abc import Callable, Iterable
from datetime import datetime
from ipaddress import ip_network
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bot.aws.clients import Client
from bot.aws.ec2_errors import translate
from bot.core.errors import PrefixListNotFound
from bot.core.prefix_lists import PrefixListHead, PrefixListKey, PrefixListVersion

_PAGE = 100  # the most that either call gives at once
_IDS = 100  # EC2 takes 200 values in a filter


class PrefixLists:
    """Reads prefix lists from EC2, in whichever region they are; *client* gives the client for a region."""

    def __init__(self, client: Callable[[str], Client]) -> None:
        self._client = client

    def heads(self, account_id: str, region: str, prefix_list_ids: Iterable[str]) -> list[PrefixListHead]:
        """
        Say what those of the lists that can be seen in an account and region are called, and which version is current.

        While a list is being modified, that is the version before. One call for each hundred lists.

        Raises:
            ReadDenied, ReadThrottled: what EC2 said.
            SecurityGroupError: EC2 said something else, or nothing; its code tells.
        """
        ids = list(prefix_list_ids)
        found: list[PrefixListHead] = []
        try:
            pages = self._client(region).get_paginator("describe_managed_prefix_lists")
            for start in range(0, len(ids), _IDS):
                # An id that is not there fails the call where it is named by itself; a filter passes over it.
                only = [{"Name": "prefix-list-id", "Values": ids[start : start + _IDS]}]
                for page in pages.paginate(Filters=only, PaginationConfig={"PageSize": _PAGE}):
                    found += [
                        PrefixListHead(
                            PrefixListKey(account_id, region, entry["PrefixListId"]),
                            entry.get("PrefixListName"),
                            entry.get("Version"),
                        )
                        for entry in page["PrefixLists"]
                    ]
        except (ClientError, BotoCoreError) as error:
            raise translate(error) from error
        return found

    def read(self, head: PrefixListHead, *, now: datetime) -> PrefixListVersion:
        """
        Read all entries of the version that *head* names, of AWS's lists those of today; a call for each hundred.

        Raises:
            PrefixListNotFound, ReadDenied, ReadThrottled: what EC2 said.
            SecurityGroupError: EC2 said something else, or nothing; its code tells.
        """
        key = head.key
        which: dict[str, Any] = {"PrefixListId": key.prefix_list_id}
        if head.version is not None:
            which["TargetVersion"] = head.version
        try:
            pages = self._client(key.region).get_paginator("get_managed_prefix_list_entries")
            answers = list(pages.paginate(**which, PaginationConfig={"PageSize": _PAGE}))
        except (ClientError, BotoCoreError) as error:
            raise translate(error) from error
        if any("Entries" not in answer for answer in answers):
            raise PrefixListNotFound("NoEntries")  # not an empty list: that would read as if all were closed
        entries = (
            ip_network(entry["Cidr"], strict=False) for answer in answers for entry in answer["Entries"]
        )
        return PrefixListVersion(key, head.name, head.version, tuple(entries), now)
