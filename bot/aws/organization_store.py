"""What AWS Organizations calls the accounts, in the table: one item, which each function reads now and then; one call each."""

import json
import zlib
from datetime import datetime
from types import MappingProxyType

from bot.aws.keys import dump, iso
from bot.aws.table import Item, Table, Write
from bot.core.organization import Organization

_KEY: Item = {"pk": "ORGANIZATION", "sk": "ACCOUNTS"}


class OrganizationStore:
    """
    The names of accounts. Those of ten thousand take a third of what an item may hold, compressed.

    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    _table: Table

    def organization(self) -> Organization | None:
        """Give what Organizations said last; None where it was not asked yet."""
        item = self._table.get(_KEY)
        if item is None:
            return None
        return Organization(
            asked=datetime.fromisoformat(item["asked"]),
            read=datetime.fromisoformat(item["read"]) if "read" in item else None,
            names=MappingProxyType(json.loads(zlib.decompress(item["names"]))),
            trouble=item.get("trouble"),
            is_denied="is_denied" in item,
        )

    def keep_organization(self, organization: Organization) -> None:
        """Keep what it said; of two that asked at once, whichever."""
        item: Item = {
            **_KEY,
            "asked": iso(organization.asked),
            "read": iso(organization.read) if organization.read else None,
            "names": zlib.compress(dump(dict(organization.names)).encode(), 9),
            "trouble": organization.trouble,
            "is_denied": 1 if organization.is_denied else None,
        }
        self._table.put(Write("Put", item=item))
