"""A line in a card's thread as Slack takes it: pure, from the alert and what is to be said of it."""

from typing import Any

from bot.core.alerts import Alert
from bot.core.places import ANYWHERE, Places
from bot.core.thread_lines import LineKind, ThreadLine
from bot.slack.headlines import draw_headline
from bot.slack.status import closing_markup
from bot.slack.wording import SEVERITY_WORDS


def draw_line(alert: Alert, line: ThreadLine, places: Places = ANYWHERE) -> dict[str, Any]:
    """Say *line* as the arguments "text" and "reply_broadcast" of chat.postMessage."""
    return {"text": _words(alert, line, places), "reply_broadcast": line.is_for_all(alert)}


def _words(alert: Alert, line: ThreadLine, places: Places) -> str:
    match line.kind:
        case LineKind.ROSE:
            return f"{draw_headline(alert, places)}. It was told as {SEVERITY_WORDS[line.was]}."
        case LineKind.REOPENED:
            return f"Open again, as more is known than was acknowledged. {draw_headline(alert, places)}"
        case LineKind.CLOSED:
            return f"{closing_markup(alert)}."
