"""What accounts are called: read from AWS Organizations once a day, and known to each function from the table."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.errors import OrganizationDenied, OrganizationError, StoreError
from bot.core.organization import Organization, names_in_use, troubled
from bot.workflows.ports import AccountsOfOrganization, Clock, OrganizationNames

_LOOK_AGAIN = timedelta(minutes=15)


class AccountNames(Mapping[str, str]):
    """
    The names of accounts by their id: *own*, which policy.toml gives, before what the organisation calls the others.

    Looking one up costs nothing. `refresh`, once for each request, reads the table when it was last read some minutes ago;
    *store* is None where the organisation is not to be asked.
    """

    def __init__(self, own: Mapping[str, str], store: Callable[[], OrganizationNames] | None) -> None:
        self._own = own
        self._store = store
        self._looked: datetime | None = None
        self._names = dict(own)
        self.organization: Organization | None = None

    def refresh(self, now: datetime) -> None:
        """Take over what the table has by now, if it is time; where it does not answer, what was known stays."""
        if self._store is None or (self._looked and now - self._looked < _LOOK_AGAIN):
            return
        self._looked = now  # also where it fails: the requests until then are not to wait for it too
        with suppress(StoreError):
            self.learn(self._store().organization())

    def learn(self, organization: Organization | None) -> None:
        """Take over what the organisation says."""
        self.organization = organization
        self._names = names_in_use(self._own, organization.names if organization else {})

    def __getitem__(self, account_id: str) -> str:
        return self._names[account_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True, slots=True)
class NamingAccounts:
    """Asks the organisation for the names of its accounts, and keeps them for all functions."""

    organizations: AccountsOfOrganization
    store: OrganizationNames
    names: AccountNames
    clock: Clock

    def read_due(self, is_time_left: Callable[[], bool]) -> Organization | None:
        """
        Ask if it is time to, and give what came of it; None where it is not.

        An account that may not ask is no failure: names then come from policy.toml alone. Of an organisation too large for
        one run, the accounts that there was no time for keep the name that they had.

        Raises:
            StoreError: what it said is not known to be kept; it is asked again soon.
        """
        now, earlier = self.clock(), self.names.organization
        if earlier and not earlier.is_due(now):
            return None
        found: dict[str, str] = {}
        try:
            for page in self.organizations.account_names():
                found |= page
                if not is_time_left():
                    found = {**(earlier.names if earlier else {}), **found}
                    break
        except OrganizationError as error:
            said = troubled(earlier, now, error.code, is_denied=isinstance(error, OrganizationDenied))
        else:
            said = Organization(asked=now, read=now, names=found)
        self.store.keep_organization(said)
        self.names.learn(said)
        return said
