"""
What a policy.toml comes to, from a terminal.

    python -m bot.policy check [FILE]                               what holds, or what is wrong with the file
    python -m bot.policy replay FILE --table TABLE [--days 30]      what it would have kept from the channel

The table's name is the stack's output TableName; AWS credentials come from where AWS's own tools take them.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.core.alerts import Alert
from bot.core.errors import StoreError
from bot.core.named_networks import NO_NAMES
from bot.core.places import Places
from bot.core.policy_replay import Difference, replay
from bot.core.severity import STANDARD, SeverityPolicy
from bot.core.who import Known
from bot.policy import POLICY_FILE, Policy, PolicyError, load_policy
from bot.slack.mute_wording import subject_words
from bot.slack.text import counted, plain
from bot.slack.wording import SEVERITY_WORDS, alert_group_words, effect_words, what_words, who_line
from bot.workflows.ports import Recorded

_PIECE = 200
_LINE = 250


def main(
    arguments: Sequence[str],
    *,
    store: Callable[[str], Recorded],
    clock: Callable[[], datetime],
    say: Callable[[str], None],
) -> int:
    """Do what *arguments* say and give the exit status; *store* gives the table of a name, *say* prints a line."""
    parser = argparse.ArgumentParser(prog="python -m bot.policy", description="What a policy.toml comes to.")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="say what holds, or what is wrong")
    checking.add_argument("file", nargs="?", type=Path, default=POLICY_FILE)
    replaying = commands.add_parser("replay", help="say what a file would have kept from the channel")
    replaying.add_argument("file", type=Path)
    replaying.add_argument("--table", required=True, help="the stack's output TableName")
    replaying.add_argument("--days", type=int, default=30, help="how many days to look back")
    asked = parser.parse_args(arguments)
    try:
        if not asked.file.exists() and asked.file != POLICY_FILE:
            raise PolicyError(f"{asked.file}: there is no such file")
        policy = load_policy(asked.file)
        if asked.command == "check":
            told = [*describe(policy, clock())]
        else:
            told = _replay(policy, store(asked.table), clock(), timedelta(days=max(asked.days, 1)))
    except (PolicyError, StoreError) as error:
        say(str(error))
        return 1
    for line in told:
        say(line)
    return 0


def describe(policy: Policy, now: datetime) -> list[str]:
    """Say in lines what holds by *policy*."""
    places, quieting = Places(policy.accounts), policy.quieting
    upkeep = "posted" if quieting.posts_upkeep else "not posted"
    at = f"at {policy.digest_at:%H:%M} UTC" if policy.digest_at else "never"
    lines = [
        f"Names for {counted(len(policy.accounts), 'account')} and {counted(len(policy.networks.names), 'network')}.",
        f"Posted: what is {quieting.least.name.lower()} or more severe. Digest of the rest: {at}.",
        f"Upkeep by AWS services that lets in groups or private addresses alone: {upkeep}.",
    ]
    lines += _severities(policy.severities)
    for expected in quieting.expected:
        accounts = ", ".join(sorted(map(places.account, expected.accounts)))
        networks = ", ".join(map(str, expected.networks))
        roles = f"role{'s' * (len(expected.roles) > 1)} {', '.join(sorted(expected.roles))}"
        done = "not posted" if expected.is_silent else "posted and acknowledged"
        run = ", with a link to the run" if expected.run_link else ""
        lines.append(
            f"Expected: {expected.name}, {roles} of {accounts} from {networks}: below high {done}{run}."
        )
    for mute in quieting.mutes:
        state = "" if mute.is_running(now) else " (over)" if mute.until <= now else " (not yet)"
        critical = ", even what is critical" if mute.also_critical else ""
        days = f"{mute.since:%Y-%m-%d} until {mute.until:%Y-%m-%d}"
        what = subject_words(mute.subject, places)
        lines.append(f"Muted{state}: {what}{critical}, {days}, by {mute.owner}: {mute.reason}")
    return [plain(line, 1000) for line in lines]


def _severities(severities: SeverityPolicy) -> list[str]:
    """Say what differs from the table of docs/severity.md."""
    named = ", ".join(f"{each.name} ({each.ports})" for each in severities.sensitive)
    lines = [f"Critical when open to the internet, besides the table: {named}."] if named else []
    if replace(severities, sensitive=(), networks=NO_NAMES) != STANDARD:
        wide = f"public ranges up to /{severities.wide_ipv4} and /{severities.wide_ipv6} (IPv6)"
        lines.append(f"Wide: {wide}. Many: more than {counted(severities.many_rules, 'rule')}.")
    return lines


def _replay(policy: Policy, store: Recorded, now: datetime, span: timedelta) -> list[str]:
    alerts: list[Alert] = []
    behind: str | None = None
    while True:
        piece, behind = store.alerts_between(now - span, now, limit=_PIECE, behind=behind)
        alerts += piece
        if behind is None:
            break
    difference = replay(
        alerts,
        policy.quieting,
        store.mutes(now),
        severities=policy.severities,
        known=Known(policy.accounts, policy.managed_tags),
        parts=store.parts,
    )
    return describe_difference(difference, Places(policy.accounts, networks=policy.networks), span.days)


def describe_difference(difference: Difference, places: Places, days: int) -> list[str]:
    """Say in lines what another policy would have made of the alerts of the last *days*."""
    span = f"the last {counted(days, 'day')}"
    lines = [f"{counted(difference.count, 'alert')} in {span}, {difference.posted:,} of them posted."]
    for alerts, what, nothing in (
        (difference.silenced, "would not have been posted", "All that was posted would have been."),
        (difference.told, "would have been posted besides", "Nothing else would have been posted."),
    ):
        few = "This alert" if len(alerts) == 1 else f"These {len(alerts):,} alerts"
        lines += ["", f"{few} of {span} {what}:" if alerts else nothing]
        lines += [f"  {_alert_words(alert, places)}" for alert in alerts]
    return lines


def _alert_words(alert: Alert, places: Places) -> str:
    change = alert.digest.change
    severity = SEVERITY_WORDS[alert.severity].partition(" ")[2]
    what = effect_words(alert.assessment) or what_words(alert.digest, alert.meaning)
    where = f"{alert_group_words(alert)}, {places.account(change.account_id)}, {change.region}"
    return plain(
        f"{change.time:%Y-%m-%d %H:%M} {severity}: {what} · {where} · {who_line(change, places)}", _LINE
    )


def _table(name: str) -> Recorded:
    from functools import partial

    from bot.aws.clients import client
    from bot.aws.store import Store
    from bot.aws.table import Table

    return Store(Table(name, partial(client, "dynamodb")), timedelta(days=400))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], store=_table, clock=lambda: datetime.now(UTC), say=print))
