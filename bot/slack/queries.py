"""What can be asked behind /sg-changes."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.ledger_views import Flow
from bot.slack.times import ANY_TIME, Misunderstood, Span


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look, as typed: *account* is an id or a name. None means everywhere."""

    account: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class LatestChanges:
    """The latest changes of all groups."""

    span: Span = ANY_TIME
    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class GroupChanges:
    """The changes of the group that *name* names: its id, its name or the start of it."""

    name: str
    span: Span = ANY_TIME
    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class GroupRules:
    """The rules of the group that *name* names, as they are now."""

    name: str
    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class GroupRulesAt:
    """The rules of the group that *name* names, as they were at the moment *at*, aware UTC."""

    name: str
    at: datetime
    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class Why:
    """Which rules of the group that *name* names admit this traffic, and who opened them."""

    name: str
    flow: Flow
    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class Exposed:
    """The groups that admit the internet."""

    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class Unacknowledged:
    """The alerts that wait for someone."""

    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class PrincipalChanges:
    """What the principal that *name* names changed."""

    name: str
    span: Span = ANY_TIME
    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class KeptQuiet:
    """The alerts that nobody was notified of."""

    span: Span = ANY_TIME
    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class Muted:
    """The mutes that hold."""


@dataclass(frozen=True, slots=True)
class Doctor:
    """Whether Panopticon works."""


@dataclass(frozen=True, slots=True)
class Help:
    """What one can ask."""


@dataclass(frozen=True, slots=True)
class Open:
    """No command: it could mean the alerts that wait, or the groups that are open to the internet."""


Query = (
    LatestChanges
    | GroupChanges
    | GroupRules
    | GroupRulesAt
    | Why
    | Exposed
    | Unacknowledged
    | PrincipalChanges
    | KeptQuiet
    | Muted
    | Doctor
    | Help
    | Open
    | Misunderstood
)
