"""What is said of the accounts and regions that are watched: when something was heard from each, and what was read."""

from collections.abc import Sequence

from bot.core.baseline import Baseline
from bot.core.health import PlaceHealth
from bot.core.organization import Organization
from bot.core.places import Places
from bot.slack.text import counted, date, mrkdwn

_SHOWN = 12
_MAX_NAME = 80
_MAX_CODE = 60


def watched_lines(watched: Sequence[PlaceHealth], places: Places) -> list[str]:
    """Write a line of mrkdwn for each place, of many only for those from which nothing came for longest."""
    order = ", the most silent first" if len(watched) > 1 else ""
    lines = [f"*{counted(len(watched), 'place')} watched{order}* (an event may take an hour to show here)"]
    for place in watched[:_SHOWN]:
        account_id, region = place.where
        name = mrkdwn(f"{places.account(account_id)}, {region}", _MAX_NAME)
        heard = f"last event {date(place.last_heard)}" if place.last_heard else "no event yet"
        is_well, read = _reading(place.baseline)
        refused = _refused(place)
        lines.append(f"{_mark(is_well and not refused)} {name}: {heard}. {read}{refused}")
    rest = watched[_SHOWN:]
    if rest:
        unread = sum(not _reading(place.baseline)[0] for place in rest)
        refusing = sum(bool(_refused(place)) for place in rest)
        lines.append(
            f"{_mark(not unread and not refusing)} … and {len(rest):,} more, heard from since"
            + (f"; of {unread:,} the groups are not all read" if unread else "")
            + (f"; of {refusing:,} what sits behind the groups may not be read" if refusing else "")
        )
    return lines


def names_line(organization: Organization) -> str:
    """Write a line of mrkdwn on where the names of accounts come from, beside policy.toml."""
    names = f"{len(organization.names):,} from AWS Organizations"
    words = f"{names}, read {date(organization.read)}" if organization.read else "from policy.toml alone"
    code = mrkdwn(organization.trouble, _MAX_CODE) if organization.trouble else None
    if code and organization.is_denied:
        words += f"; AWS Organizations does not answer this account ({code})"
    elif code:
        words += f"; AWS Organizations did not answer ({code}), next try within the hour"
    return f"{_mark(code is None or organization.is_denied)} Names of accounts: {words}"


def _mark(is_well: bool) -> str:
    return "✅" if is_well else "⚠️"


def _refused(place: PlaceHealth) -> str:
    """Say that what sits behind the groups of a place may not be read; nothing where it may, or its groups may not either."""
    refusal, baseline = place.refusal, place.baseline
    is_shut_out = bool(baseline and baseline.is_denied and refusal and refusal.role)
    if refusal is None or is_shut_out:
        return ""
    code = mrkdwn(refusal.code, _MAX_CODE)
    role = f": role {mrkdwn(refusal.role, _MAX_NAME)} is missing there" if refusal.role else ""
    return f" Panopticon may not read what sits behind them{role} ({code}, {date(refusal.at)})."


def _reading(baseline: Baseline | None) -> tuple[bool, str]:
    """Say how far the groups of a place have been read, and whether that is well."""
    if baseline is None:
        return True, "Its groups will be read soon."
    code = mrkdwn(baseline.trouble, _MAX_CODE) if baseline.trouble else None
    if baseline.finished is None:
        so_far = f"Its groups are being read, {baseline.groups:,} so far"
        return code is None, f"{so_far}, held up ({code})." if code else f"{so_far}."
    whole = f" Last read in full {date(baseline.complete)}." if baseline.complete else ""
    if baseline.is_denied:
        return False, f"Panopticon may not read its groups ({code}).{whole}"
    if code:
        return False, f"Its groups were not all read ({code}); next try within a day.{whole}"
    missed = f", but {baseline.missed:,} could not be kept" if baseline.missed else ""
    return not missed, f"{counted(baseline.groups, 'group')} read {date(baseline.finished)}{missed}."
