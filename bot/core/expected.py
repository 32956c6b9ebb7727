"""Expected principals: those that change security groups as a matter of course, as the role that applies Terraform does."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from bot.core.assessment import Assessment, Severity
from bot.core.changes import Outcome, SecurityGroupChange
from bot.core.named_networks import address_of
from bot.core.rules import Network

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LONGEST_SESSION = 64  # AWS's own limit for the name of a role's session


@dataclass(frozen=True, slots=True)
class RunLink:
    """
    Where the run of a pipeline is to be seen: *session* is matched against the whole name of the role's session, and what
    its named groups hold goes into *url* in place of "{name}".
    """

    session: re.Pattern[str]
    url: str

    def url_of(self, session_name: str) -> str | None:
        """
        Address the run that *session_name* names; None where it names none.

        >>> RunLink(re.compile("gha-(?P<run>.+)"), "https://ci.example.com/runs/{run}").url_of("gha-4/2")
        'https://ci.example.com/runs/4%2F2'
        """
        if len(session_name) > _LONGEST_SESSION:
            return None
        found = self.session.fullmatch(session_name)
        if found is None:
            return None
        return _PLACEHOLDER.sub(lambda named: quote(found[named[1]] or "", safe=""), self.url)


@dataclass(frozen=True, slots=True)
class Expected:
    """
    One of some *roles* of one of *accounts* that calls from one of *networks*.

    *is_silent* says that what it does is not posted at all; else it is posted, and acknowledged from the start.
    """

    name: str
    accounts: frozenset[str]
    roles: frozenset[str]
    networks: tuple[Network, ...]
    is_silent: bool = False
    run_link: RunLink | None = None

    def made(self, change: SecurityGroupChange) -> bool:
        """Tell whether this principal made *change*; what the caller says of itself, as a user agent does, counts for nothing."""
        principal = change.principal
        if principal.role not in self.roles or principal.account_id not in self.accounts:
            return False
        # None: a service called, or the record does not tell from where.
        address = address_of(change.origin.source_address or "")
        return address is not None and any(address in network for network in self.networks)

    def is_usual(self, change: SecurityGroupChange, assessment: Assessment) -> bool:
        """
        Tell whether *change* is this principal's and of the kind that one expects of it.

        What is high or critical never is, as a stolen role is the best an attacker can have; nor is what AWS refused it.
        """
        is_harmless = change.outcome is Outcome.SUCCEEDED and assessment.severity < Severity.HIGH
        return is_harmless and self.made(change)


def run_url(expected: tuple[Expected, ...], change: SecurityGroupChange) -> str | None:
    """Address the run of a pipeline that made *change*, as far as one of *expected* says where that is."""
    for each in expected:
        if each.run_link and each.made(change) and (url := each.run_link.url_of(change.principal.name)):
            return url
    return None
