"""What accounts and networks are called, and where their things are to be seen: in AWS's console, and where pipelines run."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import quote

from bot.core.changes import GroupKey, SecurityGroupChange
from bot.core.expected import Expected, run_url
from bot.core.named_networks import NO_NAMES, NamedNetworks

# Each partition of AWS has a console of its own.
# https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
_CONSOLES = {"cn-": "console.amazonaws.cn", "us-gov-": "console.amazonaws-us-gov.com"}
_USUAL_CONSOLE = "console.aws.amazon.com"
_REGIONS_AT_HAND = 64  # more than AWS has

_PORTAL = re.compile(r"(?:https://)?(?P<host>[\w-]+(?:\.[\w-]+)+)(?P<path>/[\w./~-]*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Places:
    """
    *account_names* are by account id. *portal* is the address at which people sign in to IAM Identity Center, as
    "https://example.awsapps.com/start", None where they do not. *expected* say where the runs of pipelines are to be seen.
    *networks* are those of the organisation that have names. *mentions* says that people in Slack are mentioned, not only named.
    """

    account_names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    portal: str | None = None
    expected: tuple[Expected, ...] = ()
    networks: NamedNetworks = NO_NAMES
    mentions: bool = False

    def account(self, account_id: str) -> str:
        """
        Name an account.

        >>> Places({"111122223333": "payments-prod"}).account("111122223333")
        'payments-prod'
        """
        return self.account_names.get(account_id) or f"account {account_id}"

    def account_id(self, words: str) -> str | None:
        """Find the account of this id or name; None for a name that nobody gave."""
        if words.isascii() and words.isdecimal():
            return words
        named = (own for own, name in self.account_names.items() if name.lower() == words.lower())
        return next(named, None)

    def group_url(self, key: GroupKey) -> str:
        """Address a security group in the console of its account."""
        region, console = _console(key.region)
        page = f"ec2/home?region={region}#SecurityGroup:groupId={quote(key.group_id)}"
        return self._url(f"{console}/{page}", key.account_id)

    def event_url(self, change: SecurityGroupChange) -> str:
        """Address the CloudTrail event behind *change* in the console; it is there within some minutes, for 90 days."""
        region, console = _console(change.region)
        page = f"cloudtrailv2/home?region={region}#/events/{quote(change.event_id)}"
        return self._url(f"{console}/{page}", change.account_id)

    def expects(self, change: SecurityGroupChange) -> bool:
        """Tell whether the policy expects who made *change* to change groups, from where they did."""
        return any(each.made(change) for each in self.expected)

    def run_url(self, change: SecurityGroupChange) -> str | None:
        """Address the run of a pipeline that made *change*; None where the policy does not say where that is."""
        return run_url(self.expected, change)

    def _url(self, url: str, account_id: str) -> str:
        if self.portal is None:
            return url
        # A plain link opens whichever account the browser is signed in to; this one signs in to the right one.
        # https://docs.aws.amazon.com/singlesignon/latest/userguide/createshortcutlink.html
        return f"{self.portal}/#/console?account_id={quote(account_id)}&destination={quote(url, safe='')}"


@lru_cache(_REGIONS_AT_HAND)
def _console(region: str) -> tuple[str, str]:
    """Give *region* as addresses write it, and the address of AWS's console there."""
    quoted = quote(region)
    host = next((host for start, host in _CONSOLES.items() if quoted.startswith(start)), _USUAL_CONSOLE)
    return quoted, f"https://{quoted}.{host}"


ANYWHERE = Places()
"""Accounts without names, and links to the console itself."""


def portal_address(text: str) -> str:
    """
    Bring the address of an access portal into the form that Places takes.

    >>> portal_address("https://example.awsapps.com/start/#/?tab=accounts")
    'https://example.awsapps.com/start'
    >>> portal_address("example.awsapps.com")
    'https://example.awsapps.com/start'

    Raises:
        ValueError: *text* is not such an address.
    """
    address = _PORTAL.fullmatch(text.strip().partition("#")[0])
    if address is None:
        raise ValueError(text)
    return f"https://{address['host']}/{(address['path'] or '').strip('/') or 'start'}"
