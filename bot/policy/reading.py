"""policy.toml, read into what it means."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from urllib.parse import urlsplit

from bot.core.assessment import Severity
from bot.core.changes import GroupKey
from bot.core.expected import Expected, RunLink
from bot.core.mutes import LONGEST_MUTE, MAX_REASON, Mute, MutedPrincipal, MuteSubject, mute_id_for
from bot.core.named_networks import NamedNetworks
from bot.core.quieting import QuietPolicy
from bot.core.rules import Network
from bot.policy.naming import is_account_id, read_network
from bot.policy.tables import Table

_SEVERITIES = {severity.name.lower(): severity for severity in Severity}
_ACKNOWLEDGE, _SILENT = "acknowledge", "silent"
_QUIET, _POST = "quiet", "post"
_OFF = "off"
_DIGEST_AT = "09:00"
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def read_quieting(
    document: Table, accounts: Mapping[str, str], networks: NamedNetworks
) -> tuple[QuietPolicy, time | None]:
    """
    Read what is not to be posted, and at what time of the day, UTC, the digest of it is; None for never.

    Raises:
        PolicyError: something of it is not as it should be.
    """
    channels = document.table("channels")
    alerts = channels.table("alerts")
    least = _SEVERITIES[alerts.choice("least_severity", tuple(_SEVERITIES), "low")]
    if alerts.flag("observe_only"):
        least = Severity.CRITICAL
    digest = _time_of_day(alerts, "digest", _DIGEST_AT)
    posts_upkeep = alerts.choice("aws_services", (_QUIET, _POST), _QUIET) == _POST
    alerts.close()
    channels.close()
    expected = tuple(_read_expected(table, accounts, networks) for table in document.tables("expected"))
    mutes = tuple(_read_mute(table, accounts) for table in document.tables("mutes"))
    return QuietPolicy(least, expected, mutes, posts_upkeep), digest


def _time_of_day(table: Table, key: str, default: str) -> time | None:
    said = table.text(key, default)
    if said == _OFF:
        return None
    if not re.fullmatch(r"[0-2]?\d:[0-5]\d", said) or int(said.split(":")[0]) > 23:
        raise table.error(key, f'expected a time of the day in UTC, as "09:00", or "off", found {said!r}')
    hours, minutes = said.split(":")
    return time(int(hours), int(minutes))


def _read_expected(table: Table, accounts: Mapping[str, str], networks: NamedNetworks) -> Expected:
    expected = Expected(
        name=table.text("name"),
        accounts=frozenset(_account(table, "accounts", word, accounts) for word in table.texts("accounts")),
        roles=_read_roles(table),
        networks=tuple(_networks(table, "networks", networks)),
        is_silent=table.choice("when", (_ACKNOWLEDGE, _SILENT), _ACKNOWLEDGE) == _SILENT,
        run_link=_read_run_link(table.table("run_link")) if table.has("run_link") else None,
    )
    table.close()
    return expected


def _read_roles(table: Table) -> frozenset[str]:
    if not table.has("roles"):
        return frozenset({table.text("role")})
    if table.has("role"):
        raise table.error("role", "expected either role or roles")
    return frozenset(table.texts("roles"))


def _read_run_link(table: Table) -> RunLink:
    pattern, url = table.text("session"), table.text("url")
    try:
        session = re.compile(pattern)
    except re.error as error:
        raise table.error("session", f"not a regular expression: {error}") from None
    named = _PLACEHOLDER.findall(url)
    unknown = [name for name in named if name not in session.groupindex]
    if unknown:
        raise table.error(
            "url", f"session has no group that is called {unknown[0]!r}, as (?P<{unknown[0]}>…)"
        )
    try:
        parts = urlsplit(url)
    except ValueError:
        raise table.error("url", f"not an address: {url!r}") from None
    # The session's name is its caller's own choice: it may say which page, never on which host.
    if parts.scheme != "https" or not parts.netloc or _PLACEHOLDER.search(parts.netloc) or " " in url:
        raise table.error("url", f"expected an address that begins with https:// and a host, found {url!r}")
    table.close()
    return RunLink(session, url)


def _read_mute(table: Table, accounts: Mapping[str, str]) -> Mute:
    first, last = table.day("from"), table.day("until")
    if first >= last:
        raise table.error("until", f"expected a day after {first}")
    if last - first > LONGEST_MUTE:
        raise table.error(
            "until", f"a mute lasts {LONGEST_MUTE.days} days at most, this one {(last - first).days}"
        )
    reason = table.text("reason")
    if len(reason) > MAX_REASON:
        raise table.error("reason", f"expected at most {MAX_REASON} characters, found {len(reason)}")
    subject = _read_subject(table, accounts)
    mute = Mute(
        mute_id=mute_id_for(f"{subject} {first}"),
        subject=subject,
        owner=table.text("owner"),
        reason=reason,
        since=datetime.combine(first, time(), UTC),
        until=datetime.combine(last, time(), UTC),
        also_critical=table.flag("also_critical"),
        is_of_file=True,
    )
    table.close()
    return mute


def _read_subject(table: Table, accounts: Mapping[str, str]) -> MuteSubject:
    kinds = ("group", "principal", "finding")
    group, principal, finding = (table.text(kind) if _is_written(table, kind) else None for kind in kinds)
    if not (group or principal or finding):
        raise table.error(None, f"expected one of {', '.join(kinds)}: what is muted")
    account_id = None
    if group or principal:
        account_id = _account(table, "account", table.text("account"), accounts)
    key = GroupKey(account_id or "", table.text("region"), group) if group else None
    return MuteSubject(
        group=key,
        principal=MutedPrincipal(principal, account_id) if principal else None,
        finding=finding,
    )


def _is_written(table: Table, key: str) -> bool:
    """Tell whether *key* is written, and let it be known here."""
    table.text(key, "-")
    return table.has(key)


def _account(table: Table, key: str, words: str, accounts: Mapping[str, str]) -> str:
    if is_account_id(words):
        return words
    named = [own for own, name in accounts.items() if name.lower() == words.strip().lower()]
    if not named:
        raise table.error(
            key, f"expected an account's 12 digits, or its name under [accounts], found {words!r}"
        )
    return named[0]


def _networks(table: Table, key: str, named: NamedNetworks) -> Iterator[Network]:
    """Read networks, each as addresses or by a name that it was given under [networks]."""
    for words in table.texts(key):
        yield from named.networks_of(words) or (read_network(table, key, words),)
