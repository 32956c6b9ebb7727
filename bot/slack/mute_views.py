"""The form that mutes something, and what is said once it is muted: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.alerts import Alert
from bot.core.mutes import MAX_REASON, MUTE_DAYS, Mute, subjects_of
from bot.core.places import Places
from bot.slack.blocks import Block, checkbox_input, menu_input, modal, option, section, text_input
from bot.slack.commands import COMMAND
from bot.slack.headlines import draw_headline
from bot.slack.mute_wording import choice_words, subject_words
from bot.slack.text import counted, cut, date, mrkdwn

MUTE = "mute"
MUTE_WHAT = "mute_what"
MUTE_DAYS_INPUT = "mute_days"
MUTE_REASON = "mute_reason"
MUTE_CRITICAL = "mute_critical"

_CRITICAL_TOO = "critical"
_USUAL_DAYS = 7
_MAX_CHOICE = 75
_SOON = "It takes effect within a minute."


@dataclass(frozen=True, slots=True)
class MuteForm:
    """What a person filled in: *choice* is which of the alert's subjects."""

    alert_id: str
    choice: str
    days: int
    reason: str
    also_critical: bool


def mute_view(alert: Alert, places: Places) -> Block | None:
    """Ask what is to be muted, for how long and why; None where nothing of *alert* can be."""
    subjects = subjects_of(alert)
    if not subjects:
        return None
    choices = [
        option(cut(choice_words(choice, subject), _MAX_CHOICE), choice)
        for choice, subject in subjects.items()
    ]
    days = {number: option(counted(number, "day"), str(number)) for number in MUTE_DAYS}
    too = option("Hide what is critical, too", _CRITICAL_TOO)
    listed = f"{_SOON} What is muted stays in the lists and in the digest; {COMMAND} mutes ends it."
    return modal(
        "Mute",
        [
            section(f"{draw_headline(alert, places)}\n{listed}"),
            menu_input(MUTE_WHAT, "What is not to be posted?", choices, choices[0]),
            menu_input(MUTE_DAYS_INPUT, "For how long?", list(days.values()), days[_USUAL_DAYS]),
            text_input(
                MUTE_REASON,
                "Why?",
                hint=f"Everybody sees it in {COMMAND} mutes.",
                max_length=MAX_REASON,
                is_optional=False,
            ),
            checkbox_input(
                MUTE_CRITICAL,
                "What is critical",
                [too],
                hint="Without this, a critical alert is posted all the same.",
            ),
        ],
        submit="Mute",
        callback_id=MUTE,
        private_metadata=alert.alert_id,
    )


def read_mute_form(view: Mapping[str, Any]) -> MuteForm:
    """
    Read what was filled in.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: no form of ours is filled in like this.
    """
    values = view["state"]["values"]
    critical = values[MUTE_CRITICAL][MUTE_CRITICAL].get("selected_options") or []
    return MuteForm(
        alert_id=str(view["private_metadata"]),
        choice=str(values[MUTE_WHAT][MUTE_WHAT]["selected_option"]["value"]),
        days=int(values[MUTE_DAYS_INPUT][MUTE_DAYS_INPUT]["selected_option"]["value"]),
        reason=str(values[MUTE_REASON][MUTE_REASON]["value"] or "").strip(),
        also_critical=any(each["value"] == _CRITICAL_TOO for each in critical),
    )


def muted_markup(mute: Mute, places: Places) -> str:
    """Say what is muted by now, as mrkdwn."""
    what = mrkdwn(subject_words(mute.subject, places), 400)
    critical = (
        "What is critical is hidden too." if mute.also_critical else "What is critical is still posted."
    )
    return f"Muted until {date(mute.until)}: {what}. {_SOON} {critical} {COMMAND} mutes lists and ends it."
