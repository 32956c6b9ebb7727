"""One change as an alert tells it, alone or gathered with others."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.assessment import Assessment
from bot.core.changes import Digest, GroupKey
from bot.core.meaning import Meaning
from bot.core.rules import Rule


@dataclass(frozen=True, slots=True)
class Reading:
    """What a group held at *at*, where the record leaves out what changed: the rules that matter most, of *count*."""

    at: datetime
    rules: tuple[Rule, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Part:
    """
    One of the changes that an alert gathers.

    *version* is the alert's version in which it joined. The rest is as in Alert.
    """

    version: int
    digest: Digest
    assessment: Assessment
    meaning: Meaning | None = None
    reading: Reading | None = None
    group_name: str | None = None
    vpc_id: str | None = None

    @property
    def group(self) -> GroupKey | None:
        """The group it is about, if that is known."""
        return self.digest.change.group


@dataclass(frozen=True, slots=True)
class AlertRef:
    """Which alert a change was told by when it came, and in which version of it it joined."""

    alert_id: str
    version: int
