"""Whom Slack knows by an e-mail address, in the table; each is one call."""

from datetime import datetime, timedelta

from bot.aws.keys import iso
from bot.aws.table import Item, Table, Write
from bot.core.people import KnownPerson, Person

_GONE_AFTER = timedelta(days=7)


class PeopleStore:
    """
    What Slack said of e-mail addresses.

    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    _table: Table

    def person(self, email: str) -> KnownPerson | None:
        """Give whom Slack knew by *email*; None where it was not asked lately."""
        item = self._table.get(_key(email))
        if item is None:
            return None
        person = Person(item["user_id"], item["name"]) if "user_id" in item else None
        return KnownPerson(person, datetime.fromisoformat(item["asked"]))

    def keep_person(self, email: str, known: KnownPerson) -> None:
        """Keep whom it knows."""
        item: Item = {
            **_key(email),
            "user_id": known.person.user_id if known.person else None,
            "name": known.person.name if known.person else None,
            "asked": iso(known.asked),
            "expires_at": int((known.asked + _GONE_AFTER).timestamp()),
        }
        self._table.put(Write("Put", item=item))


def _key(email: str) -> Item:
    return {"pk": f"PERSON#{email}", "sk": "PERSON"}
