"""What AWS Organizations calls the accounts, and when it was asked; and which of two names for an account holds."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

_EACH = timedelta(hours=24)
_TRY_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Organization:
    """
    The names of an organisation's accounts, by account id, as they were read at *read*, None for never.

    *asked* is when it was asked last; *trouble* is the code of what stood in the way then, None where nothing did, and
    *is_denied* says that this account may not ask: it has no permission, or is none that Organizations answers.
    """

    asked: datetime
    read: datetime | None = None
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    trouble: str | None = None
    is_denied: bool = False

    def is_due(self, now: datetime) -> bool:
        """Whether it is time to ask again: a day later, and an hour after what may pass by itself."""
        is_passing = self.trouble is not None and not self.is_denied
        return now - self.asked >= (_TRY_AGAIN if is_passing else _EACH)


def troubled(
    earlier: Organization | None, now: datetime, code: str, *, is_denied: bool = False
) -> Organization:
    """Say that it did not tell at *now*; the names of an *earlier* reading stay."""
    return replace(earlier or Organization(now), asked=now, trouble=code, is_denied=is_denied)


def names_in_use(own: Mapping[str, str], organization: Mapping[str, str]) -> dict[str, str]:
    """
    Give each account one name: ours before the organisation's, where several may share one.

    Such a name is told with the account's id, so that people can say which they mean.

    >>> names_in_use({"111122223333": "pay"}, {"111122223333": "Payments", "444455556666": "dev", "777788889999": "Dev"})
    {'444455556666': 'dev (444455556666)', '777788889999': 'Dev (777788889999)', '111122223333': 'pay'}
    """
    others = {account_id: name for account_id, name in organization.items() if account_id not in own}
    times = Counter(name.lower() for name in (*own.values(), *others.values()))
    told = {
        account_id: name if times[name.lower()] == 1 else f"{name} ({account_id})"
        for account_id, name in others.items()
    }
    return {**told, **own}
