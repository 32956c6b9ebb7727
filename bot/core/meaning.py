"""What a change means: what the group held before and holds after, what that newly admits, and what it no longer does."""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.ledger import Entry, Moment
from bot.core.rules import Direction, Rule

MAX_SHOWN = 20
"""How many lines of each kind a meaning keeps; more are counted."""


class Knowledge(StrEnum):
    """What is known of the group before a change."""

    KNOWN = "known"
    NOT_READ = "not read"  # nobody had read the group, nor seen it created
    UNCLEAR = "unclear"  # what the facts tell allows more than one reading of it
    LEFT_OUT = "left out"  # AWS left out of its record what this change, or one shortly before, changed


@dataclass(frozen=True, slots=True)
class Alteration:
    """A rule before and after a change; *was* is None where that is not known."""

    was: Rule | None
    now: Rule


@dataclass(frozen=True, slots=True)
class Meaning:
    """
    What a change comes to, as far as the ledger tells.

    What is admitted is written as rules without id and description, the fewest that say it: *newly* and *no_longer* of both
    directions, most severe first; *before* is what was admitted to the traffic in *newly* already. Each is cut to MAX_SHOWN;
    *more_newly* and *more_no_longer* count the rest.

    *opened* and *closed* are the part of them that concerns the internet: traffic that any IPv4 or any IPv6 address is
    admitted to now and was not before, and the reverse. *open_since* is since when what is in *closed* was open, the
    longest of it, None where that is not known.

    *altered* are rules that got new values (Modify) or descriptions. *held* are the entries that the change closed: what a
    deleted group held, what a revoke took. *already* are rules that admit all that an added rule would: the change opens
    nothing by it. *still* are rules that go on admitting all that a removed rule did.

    Only where *knowledge* is KNOWN, "nothing newly open" may be said; else what is here is what the change alone tells.
    """

    knowledge: Knowledge
    newly: tuple[Rule, ...] = ()
    no_longer: tuple[Rule, ...] = ()
    before: tuple[Rule, ...] = ()
    opened: tuple[Rule, ...] = ()
    closed: tuple[Rule, ...] = ()
    open_since: Moment | None = None
    altered: tuple[Alteration, ...] = ()
    held: tuple[Entry, ...] = ()
    already: tuple[Rule, ...] = ()
    still: tuple[Rule, ...] = ()
    more_newly: int = 0
    more_no_longer: int = 0
    more_held: int = 0


def what_it_opened(meaning: Meaning | None) -> tuple[Rule, ...]:
    """Say what is to be closed again before a change is no matter any more: what it opened to the internet, else all it lets in."""
    if meaning is None:
        return ()
    let_in = tuple(rule for rule in meaning.newly if rule.direction is Direction.INGRESS)
    return tuple(rule for rule in meaning.opened if rule.direction is Direction.INGRESS) or let_in
