"""The person in Slack who made a change in AWS, where their session is called by their e-mail address."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.changes import Principal, PrincipalKind

KNOWN_FOR = timedelta(days=1)
"""How long what Slack said of an address is taken to be so."""

# Of what a session's name may hold; no address that Slack knows is stranger than that.
_EMAIL = re.compile(r"[\w.+=,-]{1,64}@[\w-]+(?:\.[\w-]+)+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in Slack, with the name that others see there."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Whom Slack knew by an e-mail address when it was asked, None for nobody."""

    person: Person | None
    asked: datetime

    def holds(self, now: datetime) -> bool:
        """Tell whether that is not too long ago."""
        return now - self.asked < KNOWN_FOR


def email_of(principal: Principal) -> str | None:
    """Read the e-mail address by which the session of a role is called; None where it is called otherwise."""
    if principal.kind is not PrincipalKind.ASSUMED_ROLE or not _EMAIL.fullmatch(principal.name):
        return None
    return principal.name.lower()
