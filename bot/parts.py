"""The real parts, each made when it is first needed and then kept: what a function does not use is not connected."""

import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING

from bot.aws.clients import Client, light_client
from bot.aws.jobs import JobQueue
from bot.aws.parameters import ParameterStore
from bot.aws.store import Store
from bot.aws.table import Table
from bot.core.changes import GroupKey
from bot.core.places import Places
from bot.core.who import Known
from bot.core.workspace import SlackSecrets
from bot.policy import Policy, load_policy
from bot.settings import Settings, aws_environment, load_settings
from bot.slack.cards import draw_card, draw_plain_card
from bot.slack.notifier import Notifier
from bot.slack.thread_lines import draw_line
from bot.workflows.account_names import AccountNames, NamingAccounts
from bot.workflows.acknowledge import Acknowledging
from bot.workflows.draw import Drawing, Outcome
from bot.workflows.ledger_lookup import LedgerLookup
from bot.workflows.ledgers import Ledgers
from bot.workflows.lookup import Lookup
from bot.workflows.muting import Muting
from bot.workflows.quieting import Quieting
from bot.workflows.showing import Showing

if TYPE_CHECKING:
    from bot.aws.network_interfaces import NetworkInterfaces
    from bot.aws.prefix_lists import PrefixLists
    from bot.aws.read_roles import ReadRoles
    from bot.aws.security_groups import SecurityGroups
    from bot.workflows.baseline import Baselining
    from bot.workflows.digest import Digesting
    from bot.workflows.sweep import Sweeping

Told = Callable[[str, Outcome], None]

# The system's: Python's own would go on alike in all that start from one snapshot, and those would wait for each other.
_CHANCE = random.SystemRandom()

# To read what others wrote, and to write it with one's own, takes some tens of milliseconds.
_FIRST_PAUSE_SECONDS = 0.04
_LONGEST_PAUSE_SECONDS = 0.5


@cache
def settings() -> Settings:
    """Give this process's settings."""
    return load_settings()


@cache
def policy() -> Policy:
    """Give how the organisation wants to be told."""
    return _policies[-1]()


@cache
def places() -> Places:
    """Give what accounts are called, and where their things are to be seen."""
    own = policy()
    return Places(account_names(), settings().sso_portal, own.quieting.expected, own.networks, own.mentions)


@cache
def account_names() -> AccountNames:
    """Give what accounts are called."""
    return AccountNames(policy().accounts, store if settings().organization_names else None)


def known() -> Known:
    """Give what the organisation knows as its own."""
    return Known(account_names(), policy().managed_tags)


@cache
def quieting() -> Quieting:
    """Give what decides which alerts are posted, one for this life of the function, as it remembers the mutes for a while."""
    return Quieting(policy().quieting, store())


def muting() -> Muting:
    """Give what keeps mutes for people."""
    return Muting(policy().quieting, store(), now)


@cache
def aws_client(service: str) -> Client:
    """Give the client of *service* for the function's own account and region."""
    return light_client(service, aws_environment())


@cache
def store() -> Store:
    """Give the store."""
    return Store(Table(settings().table_name, partial(aws_client, "dynamodb")), settings().history)


@cache
def jobs() -> JobQueue:
    """Give the queue of jobs."""
    return JobQueue(settings().jobs_queue_url, partial(aws_client, "sqs"))


@cache
def parameters() -> ParameterStore:
    """Give the store of Slack's secrets."""
    return ParameterStore(settings().slack_parameters, partial(aws_client, "ssm"), settings().slack_channel)


@cache
def read_roles() -> "ReadRoles":
    """Give what reads AWS in any account, the own one or another."""
    from bot.aws.read_roles import ReadRoles

    return ReadRoles(settings().account_id, now)


def secrets() -> SlackSecrets:
    """Give Slack's secrets as they are now."""
    return parameters().secrets(now())


@cache
def notifier(timeout_seconds: int) -> Notifier:
    """Give Slack, with this much patience for each call."""
    return Notifier(secrets, api_url=settings().slack_api_url, timeout_seconds=timeout_seconds)


def drawing(timeout_seconds: int, told: Told) -> Drawing:
    """Give what draws cards; *told* hears of each."""
    return Drawing(
        store=store(),
        pace=store(),
        showing=Showing(
            channel=notifier(timeout_seconds),
            card=partial(draw_card, places=places()),
            plain_card=partial(draw_plain_card, places=places()),
            line=partial(draw_line, places=places()),
            clock=now,
        ),
        jobs=jobs(),
        clock=now,
        new_id=new_id,
        told=told,
        severities=policy().severities,
    )


def sweeping(timeout_seconds: int, told: Told, note_pending: Callable[[int], None]) -> "Sweeping":
    """Give what finds what was left undone; *note_pending* hears how much that is."""
    from bot.slack.catch_up_card import draw_catch_up, draw_plain_catch_up
    from bot.workflows.catch_up import CatchingUp
    from bot.workflows.sweep import Sweeping

    catching_up = CatchingUp(
        store(),
        store(),
        notifier(timeout_seconds),
        partial(draw_catch_up, places=places()),
        partial(draw_plain_catch_up, places=places()),
        now,
        new_id,
        told,
    )
    return Sweeping(store(), drawing(timeout_seconds, told), catching_up, now, note_pending)


def acknowledging(timeout_seconds: int, told: Told) -> Acknowledging:
    """Give what moves alerts on for people."""
    return Acknowledging(store(), notifier(timeout_seconds), drawing(timeout_seconds, told), now)


def digesting(timeout_seconds: int) -> "Digesting":
    """Give what tells once a day what was kept from the channel."""
    from bot.slack.quiet_answer import digest_card
    from bot.workflows.digest import Digesting

    card = partial(digest_card, places=places())
    return Digesting(store(), notifier(timeout_seconds), card, policy().digest_at, now)


def ledgers() -> Ledgers:
    """Give what folds the ledgers of groups."""
    return Ledgers(store(), policy().severities)


def groups() -> "SecurityGroups":
    """Give EC2's security groups."""
    from bot.aws.security_groups import SecurityGroups

    return SecurityGroups(partial(read_roles().client, "ec2"))


def network_interfaces() -> "NetworkInterfaces":
    """Give EC2's network interfaces."""
    from bot.aws.network_interfaces import NetworkInterfaces

    return NetworkInterfaces(partial(read_roles().client, "ec2"))


def prefix_lists() -> "PrefixLists":
    """Give EC2's prefix lists."""
    from bot.aws.prefix_lists import PrefixLists

    return PrefixLists(partial(read_roles().client, "ec2"))


def naming_accounts() -> NamingAccounts:
    """Give what asks AWS Organizations for the names of accounts."""
    from bot.aws.organizations import Organizations

    organizations = Organizations(partial(aws_client, "organizations"))
    return NamingAccounts(organizations, store(), account_names(), now)


def baselining(not_kept: Callable[[GroupKey, Exception], None]) -> "Baselining":
    """Give what reads every group; *not_kept* hears of each whose reading could not be kept."""
    from bot.workflows.baseline import Baselining
    from bot.workflows.keep_news import KeepingNews
    from bot.workflows.keep_reading import KeepingReadings

    news = KeepingNews(store(), ledgers(), KeepingReadings(store(), ledgers(), jobs(), now), jobs())
    return Baselining(groups(), news, store(), jobs(), now, new_id, not_kept)


def lookup() -> Lookup:
    """Give what answers questions from the store."""
    return Lookup(store(), now, policy().severities)


def ledger_lookup() -> LedgerLookup:
    """Give what answers questions from ledgers."""
    return LedgerLookup(ledgers(), store())


def now() -> datetime:
    """Give the time, aware UTC."""
    return _clocks[-1]()


_clocks: list[Callable[[], datetime]] = [lambda: datetime.now(UTC)]


@contextmanager
def by_clock(clock: Callable[[], datetime]) -> Iterator[None]:
    """Go by *clock* for the time of a `with` block: who plays these functions need not wait as long as they are lived."""
    _clocks.append(clock)
    try:
        yield
    finally:
        _clocks.remove(clock)


_policies: list[Callable[[], Policy]] = [load_policy]


@contextmanager
def by_policy(told: Policy) -> Iterator[None]:
    """Go by *told* for the time of a `with` block, where policy.toml would say otherwise; for who plays these functions."""
    _policies.append(lambda: told)
    policy.cache_clear()
    try:
        yield
    finally:
        _policies.pop()
        policy.cache_clear()


def new_id() -> str:
    """Give an id like no other."""
    return uuid.uuid4().hex


def pause(attempt: int) -> None:
    """Wait as long as chance has it, at most some tens of milliseconds at first, twice as long each time, never for long."""
    longest = min(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), _LONGEST_PAUSE_SECONDS)
    time.sleep(_CHANCE.uniform(0, longest))
