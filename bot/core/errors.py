"""What can go wrong in Panopticon, as one tree of exceptions that carry data."""

from datetime import timedelta
from typing import ClassVar


class PanopticonError(Exception):
    """Root of every error that Panopticon raises itself."""


class EventError(PanopticonError):
    """An event cannot be read as a change of a security group."""


class UnsupportedEvent(EventError):
    """The event names a call that is not read in full."""

    def __init__(self, event_name: str | None) -> None:
        super().__init__(f"not a call that is read in full: {event_name!r}")
        self.event_name = event_name


class MalformedEvent(EventError):
    """A field that is needed is absent or of the wrong kind; *path* names it, from the record's root."""

    def __init__(self, path: str, expected: str) -> None:
        super().__init__(f"{path}: expected {expected}")
        self.path = path
        self.expected = expected


class StoreError(PanopticonError):
    """The table did not take or give what was asked; trying again later may help."""

    def __init__(self, operation: str, code: str) -> None:
        super().__init__(f"{operation}: {code}")
        self.operation = operation
        self.code = code


class JobError(PanopticonError):
    """A job could not be handed to the worker, or what arrived is not a job."""


class SecurityGroupError(PanopticonError):
    """EC2 did not tell a group's rules, or the entries of a list that they name; *code* is AWS's error code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class GroupNotFound(SecurityGroupError):
    """EC2 knows no group of this id (any more)."""


class PrefixListNotFound(SecurityGroupError):
    """EC2 knows no prefix list of this id (any more), or has not made this version of it yet."""


class ReadDenied(SecurityGroupError):
    """Panopticon's role may not read the group or the list."""


class ReadRoleMissing(ReadDenied):
    """Another account has no role by which Panopticon reads it, or that role does not let it in; *role* names it."""

    def __init__(self, code: str, role: str) -> None:
        super().__init__(code)
        self.role = role


class ReadThrottled(SecurityGroupError):
    """EC2 asks to slow down; the same read may work in a moment."""


class PageExpired(SecurityGroupError):
    """EC2 does not know (any more) where the page begins; all of them have to be read from the first."""


class OrganizationError(PanopticonError):
    """AWS Organizations did not tell the names of accounts; *code* is AWS's error code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class OrganizationDenied(OrganizationError):
    """This account may not ask AWS Organizations, or is in no organisation."""


class SecretsMissing(PanopticonError):
    """Slack's secrets are not in the Parameter Store (yet), or may not be read; *names* says which."""

    def __init__(self, names: tuple[str, ...], reason: str) -> None:
        super().__init__(f"{', '.join(names)}: {reason}")
        self.names = names
        self.reason = reason


class SlackError(PanopticonError):
    """
    A call to Slack did not do what it should; *code* is Slack's error code or names the failure.

    *kind* is what metrics count it as.
    """

    kind: ClassVar[str] = "other"

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SlackRefused(SlackError):
    """Slack said no, so nothing was posted or changed; the same call again gets the same answer."""

    kind = "refused"


class AppShutOut(SlackRefused):
    """The app may not speak in the channel, or not at all: every card fares alike until somebody lets it in again."""

    kind = "shut out"


class SlackRateLimited(SlackError):
    """Slack said "later", so nothing was posted or changed."""

    kind = "rate limited"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("ratelimited")
        self.retry_after_seconds = retry_after_seconds

    @property
    def retry_after(self) -> timedelta:
        """How long Slack wants to be left alone."""
        return timedelta(seconds=self.retry_after_seconds)


class SlackUnreachable(SlackError):
    """No request reached Slack, or Slack said it failed: nothing was posted or changed."""

    kind = "unreachable"


class SlackOutcomeUnknown(SlackError):
    """The request left but no clear answer came: Slack may or may not have carried it out."""

    kind = "outcome unknown"


class MessageRejected(SlackRefused):
    """Slack finds this message's form unacceptable (its blocks, or its length)."""

    kind = "rejected"


class MessageGone(SlackRefused):
    """The message that was to be changed is not there any more."""

    kind = "gone"
