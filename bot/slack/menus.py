"""Menus to pick from where a name means several groups or principals, which keep what was asked: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network

from bot.core.changes import GroupDetails
from bot.core.history import KnownPrincipal, Place
from bot.core.jobs import group_text
from bot.core.ledger_views import Flow
from bot.core.places import Places
from bot.slack.blocks import MAX_OPTION_TEXT, MAX_OPTIONS, Block, actions, ephemeral, menu, option, section
from bot.slack.text import counted, cut, mrkdwn
from bot.slack.times import Span
from bot.slack.wording import MAX_NAME

PICK_FOR_CHANGES = "pick_for_changes"
PICK_FOR_RULES = "pick_for_rules"
PICK_FOR_RULES_AT = "pick_for_rules_at"
PICK_FOR_WHY = "pick_for_why"
PICK_PRINCIPAL = "pick_principal"


@dataclass(frozen=True, slots=True)
class Pick:
    """What happens with what is picked: *action_id* says who takes it, *kept*, at most 255 characters, what was asked."""

    action_id: str
    kept: str


TO_SEE_RULES = Pick(PICK_FOR_RULES, "pick||||")


def to_see_changes(span: Span) -> Pick:
    """Show the changes in *span* of the group that is picked."""
    return Pick(PICK_FOR_CHANGES, _keep_span(span, Place()))


def to_see_rules_at(at: datetime) -> Pick:
    """Show the rules at the moment *at* of the group that is picked."""
    return Pick(PICK_FOR_RULES_AT, keep_moment(at))


def to_see_why(flow: Flow) -> Pick:
    """Say why the group that is picked admits *flow*."""
    return Pick(PICK_FOR_WHY, keep_flow(flow))


def groups_answer(name: str, groups: Sequence[GroupDetails], pick: Pick, places: Places) -> Block:
    """Let the reader pick which of *groups* they mean by *name*."""
    count = (
        f"The first {len(groups)} groups that"
        if len(groups) >= MAX_OPTIONS
        else counted(len(groups), "group")
    )
    title = f"{count} could be meant by {cut(name, MAX_NAME)}. Which one?"
    options = [
        option(_label(group.name or "(name not known)", group.key.group_id, places.account(group.key.account_id), group.key.region),
               group_text(group.key))
        for group in groups
    ]  # fmt: skip
    return _pick_answer(title, "Pick a group", options, pick)


def principals_answer(
    name: str, principals: Sequence[KnownPrincipal], *, span: Span, place: Place, places: Places
) -> Block:
    """Let the reader pick which of *principals* they mean by *name*."""
    title = f"{len(principals)} principals could be meant by {cut(name, MAX_NAME)}. Which one?"
    options = [
        option(
            _label(
                known.name, known.kind.value, places.account(known.account_id) if known.account_id else ""
            ),
            known.reference,
        )
        for known in principals
    ]
    return _pick_answer(title, "Pick a principal", options, Pick(PICK_PRINCIPAL, _keep_span(span, place)))


def read_kept(block_id: str) -> tuple[Span, Place]:
    """
    Read the span of time and the place that a menu keeps for what is picked.

    Raises:
        ValueError: no menu of ours has this block_id.
    """
    _, since, until, account_id, region = block_id.split("|")
    span = Span(
        datetime.fromisoformat(since) if since else None, datetime.fromisoformat(until) if until else None
    )
    return span, Place(account_id or None, region or None)


def keep_moment(at: datetime) -> str:
    """Write a moment, for read_moment_kept."""
    return f"at|{at.isoformat()}"


def read_moment_kept(text: str) -> datetime:
    """
    Read what keep_moment wrote.

    Raises:
        ValueError: *text* is something else.
    """
    _, at = text.split("|")
    read = datetime.fromisoformat(at)
    if read.tzinfo is None:
        raise ValueError(text)
    return read


def keep_flow(flow: Flow) -> str:
    """Write what traffic was asked about, for read_flow."""
    port = "" if flow.port is None else flow.port
    return f"why|{flow.protocol}|{port}|{flow.network or ''}"


def read_flow(text: str) -> Flow:
    """
    Read what keep_flow wrote.

    >>> read_flow("why|tcp|22|")
    Flow(protocol='tcp', port=22, network=None)

    Raises:
        ValueError: *text* is something else.
    """
    _, protocol, port, network = text.split("|")
    return Flow(protocol, int(port) if port else None, ip_network(network) if network else None)


def _keep_span(span: Span, place: Place) -> str:
    ends = [end.isoformat() if end else "" for end in (span.since, span.until)]
    return "|".join(["pick", *ends, place.account_id or "", place.region or ""])


def _label(*words: str) -> str:
    """Fit the words into an option of a menu: the name gives way, as what follows tells it from its likes."""
    name, *others = (word for word in words if word)
    rest = "".join(f" · {word}" for word in others)
    return cut(name, max(MAX_OPTION_TEXT - len(rest), 12)) + rest


def _pick_answer(title: str, placeholder: str, options: Sequence[Block], pick: Pick) -> Block:
    block = actions(pick.kept, menu(pick.action_id, placeholder, options))
    return ephemeral(mrkdwn(title, 300), [section(mrkdwn(title, 300)), block])
