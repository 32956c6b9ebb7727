"""Times as people type them behind the command, read into a span: pure."""

import calendar
import re
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
_DAY = (
    r"(?:today|yesterday|(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})"
    r"(?:[t ][0-9]{1,2}:[0-9:.]{2,9}z?)?|(?:19|20)[0-9]{2}-[0-9]{1,2})"
)
_DAYS = re.compile(
    rf"{_LEAD}(?:(?P<day>{_DAY})|(?P<first>{_DAY})?"
    rf"(?: ?(?:\.\.+|…|-|–|—|to|and|until|till|before) ?| )(?P<last>{_DAY}|now)?)"
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
