"""Times as people type them behind the command, read into a span or a moment: pure."""

import calendar
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_FARTHEST = timedelta(days=3653)  # ten years, with as many leap days as they can have
_LONGEST_TIME = 60  # characters
LONGEST_PHRASE = 6
"""How many words a time may have: from 2026-11-01 10:00 to 2026-11-05 10:00."""

_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
_UNITS = {"m": ("m", 1), "h": ("h", 1), "d": ("d", 1), "w": ("d", 7), "mo": ("d", 30), "y": ("d", 365)}
_LEAD = r"(?:(?:in|for|over|within|since|from|between|the|last|past) )*"
_AGO = re.compile(
    rf"{_LEAD}(?:[-–]?(?P<count>[0-9]+)[ -]?|\ban? |(?<=last )|(?<=past ))"
    r"(?P<unit>mo|months?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?|y|yrs?|years?)(?: ago)?"
)
_EXACT_AGO = re.compile(r"[0-9]+[mhdw]", re.IGNORECASE)
_DATE = r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})"
_DAY = (
    rf"(?:today|yesterday|{_DATE}"
    r"(?:[t ][0-9]{1,2}:[0-9:.]{2,9}z?)?|(?:19|20)[0-9]{2}-[0-9]{1,2})"
)
_DAYS = re.compile(
    rf"{_LEAD}(?:(?P<day>{_DAY})|(?P<first>{_DAY})?"
    rf"(?: ?(?:\.\.+|…|-|–|—|to|and|until|till|before) ?| )(?P<last>{_DAY}|now)?)"
)

LONGEST_MOMENT = 3
"""How many words a moment may have: 2026-11-01 10:00 UTC."""

_MOMENT = re.compile(
    r"(?:(?P<day>today|yesterday|[0-9]{4}-[0-9]{2}-[0-9]{2})[ t])?"
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?(?: ?(?:utc|z))?"
)
_MOMENT_AGO = re.compile(r"(?P<span>[0-9]+[mhdw]) ago")
_NEAR_DAY = re.compile(rf"today|yesterday|{_DATE}")
_NEAR_CLOCK = re.compile(
    r"(?<![0-9])(?P<hour>[0-9]{1,2})(?:[:.h](?P<minute>[0-9]{2})(?::[0-9]{2})?)?(?![0-9]) ?(?P<half>[ap])?\.?m?"
)


@dataclass(frozen=True, slots=True)
class Span:
    """From *since* until just before *until*, both aware UTC; None leaves an end open."""

    since: datetime | None = None
    until: datetime | None = None


ANY_TIME = Span()
"""Open at both ends."""


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """A text that asks for nothing known; *reason* says why, *example* is the nearest text that is understood."""

    reason: str
    example: str


def read_time(said: str, now: datetime) -> Span | Misunderstood | None:
    """Read a time; what is meant as one gets the nearest right one, and anything else is None."""
    if len(said) > _LONGEST_TIME:
        return None
    if said.lower() == "yesterday":
        return Misunderstood(f"“{said}” is not a time like 7d.", "1d")
    if found := _AGO.fullmatch(said.lower()):
        return _read_ago(said, found, now)
    if (found := _DAYS.fullmatch(said.lower())) and any(found.groups()):
        return _read_days(said, found, now)
    return None


def read_moment(said: str, now: datetime) -> datetime | Misunderstood | None:
    """
    Read one moment in UTC, which is not to come yet; None for what does not have the form of one.

    >>> read_moment("yesterday 20:07", datetime(2026, 11, 24, 12, 30, tzinfo=UTC))
    datetime.datetime(2026, 11, 23, 20, 7, tzinfo=datetime.timezone.utc)
    """
    if found := _MOMENT.fullmatch(said.lower()):
        return _read_clock(said, found, now.astimezone(UTC))
    if found := _MOMENT_AGO.fullmatch(said.lower()):
        match read_time(found["span"], now):
            case Span(datetime() as since):
                return since
            case Misunderstood(reason, example):
                return Misunderstood(reason, f"{example} ago")
    return None


def nearest_moment(said: str, now: datetime) -> Misunderstood:
    """Find the moment that *said* was meant to be, where it does not have the form of one."""
    shown = said if len(said) <= _LONGEST_TIME else f"{said[:_LONGEST_TIME]}…"
    reason = f"“{shown}” is not a time like 20:07, yesterday 20:07, 2026-11-01 20:07 (all UTC) or 2h ago."
    if not said:
        return Misunderstood("At which moment?", "1h ago")
    lowered, today = said.lower(), now.astimezone(UTC).date()
    with suppress(ValueError, OverflowError):  # with another zone's offset
        read = datetime.fromisoformat(said.upper())
        if read.tzinfo:
            there = read.astimezone(UTC)
            return Misunderstood("Times are those of UTC here.", f"{there.date()} {there:%H:%M}")
    if found := _AGO.fullmatch(lowered):
        read_as = _read_ago(said, found, now)
        example = read_as.example if isinstance(read_as, Misunderstood) else lowered
        return Misunderstood(reason, f"{example} ago")
    day = _NEAR_DAY.search(lowered)
    rest = lowered.replace(day[0], " ", 1) if day else lowered
    clock = next((near for near in _NEAR_CLOCK.finditer(rest) if near["minute"] or near["half"]), None)
    if not day and not clock:
        return Misunderstood(reason, "1h ago")
    which = f"{_nearest_day(day[0], today, missing=1)} " if day else ""
    if clock is None:
        return Misunderstood(f"A day is no moment: at which time of {shown}, in UTC?", f"{which}00:00")
    hour = int(clock["hour"])
    if clock["half"]:
        hour = hour % 12 + (12 if clock["half"] == "p" else 0)
    return Misunderstood(reason, f"{which}{hour:02}:{clock['minute'] or '00'}")


def _read_clock(said: str, found: re.Match[str], now: datetime) -> datetime | Misunderstood:
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    typed, today = found["day"] or "today", now.date()
    day = _nearest_day(typed, today, missing=1)
    if hour > 23 or minute > 59 or second > 59:
        right = f"{min(hour, 23):02}:{59 if hour > 23 else min(minute, 59):02}"
        return Misunderstood(f"There is no time of day like “{said}”.", f"{day} {right}")
    at = datetime.combine(day, time(hour, minute, second), UTC)
    if typed not in ("today", "yesterday", f"{day}"):
        return Misunderstood(f"There is no day like {typed}.", f"{day} {at:%H:%M}")
    if at > now:
        then = "yesterday" if at.time() > now.time() else "today"
        return Misunderstood(
            f"“{said}” is still to come: it is {now:%Y-%m-%d %H:%M} UTC now.", f"{then} {at:%H:%M}"
        )
    if day < today - _FARTHEST:
        return Misunderstood(f"{day} is more than 10 years back.", f"{today - _FARTHEST} {at:%H:%M}")
    return at


def _read_ago(said: str, found: re.Match[str], now: datetime) -> Span | Misunderstood:
    letter, factor = _UNITS["mo" if found["unit"].startswith("mo") else found["unit"][0]]
    count = int(found["count"] or 1) * factor
    seconds = count * _SECONDS[letter]
    if not seconds:
        return Misunderstood(f"“{said}” is no time at all.", f"1{letter}")
    if seconds > _FARTHEST.total_seconds():
        return Misunderstood(f"“{said}” is more than 10 years back.", "3650d")
    if not _EXACT_AGO.fullmatch(said):
        return Misunderstood(f"“{said}” is not a time like 7d.", f"{count}{letter}")
    return Span(since=now.astimezone(UTC) - timedelta(seconds=seconds))


def _read_days(said: str, found: re.Match[str], now: datetime) -> Span | Misunderstood:
    today = now.astimezone(UTC).date()
    earliest = today - _FARTHEST
    last = _nearest_day(found["last"], today, missing=31) if found["last"] else None
    if typed := found["day"] or found["first"]:
        first = _nearest_day(typed, today, missing=1)
    else:
        first = (last or today) - timedelta(days=7)
    right = f"{first}" if found["day"] else f"{first}..{last or ''}"
    if said != right:
        return Misunderstood(f"“{said}” is not a day like 2026-11-01.", right)
    if last and last < first:
        return Misunderstood("The earlier day goes first.", f"{last}..{first}")
    if first > today:
        return Misunderstood(f"{first} is still to come.", f"{today}")
    if first < earliest:
        right = f"{earliest}..{max(last, earliest)}" if last else f"{earliest}"
        return Misunderstood(f"{first} is more than 10 years back.", right)
    return Span(_start_of(first), _start_of(last + timedelta(days=1)) if last else None)


def _nearest_day(text: str, today: date, *, missing: int) -> date:
    """Find the day that *text* was meant to be, which may have its parts in another order, or one too high."""
    if text in ("today", "now", "yesterday"):
        return today - timedelta(days=text == "yesterday")
    numbers = [*map(int, re.findall("[0-9]+", text)[:3]), missing][:3]
    year, month, day = numbers if numbers[0] > 31 else reversed(numbers)
    if month > 12 >= day:
        month, day = day, month
    year, month = min(max(year, 1000), 9998), min(max(month, 1), 12)
    return date(year, month, min(max(day, 1), calendar.monthrange(year, month)[1]))


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
