"""Writes docs/severity.md from the tables by which changes are judged: python -m scripts.severity_page"""

import sys
from pathlib import Path

from bot.core.controls import Control
from bot.core.severity import Severity
from bot.core.severity_table import ENTRIES, GROUPS, LEAST, TOGETHER, TRAFFIC
from bot.core.who import REASONS

PAGE = Path(__file__).parent.parent / "docs" / "severity.md"

_HEAD = """# What makes a change severe

Written from `bot/core/severity_table.py` and `bot/core/who.py` by `python -m scripts.severity_page`: change the tables, not this
page. A test holds them together.

Of the rows that hold for a change, the most severe counts. The card's headline says the worst of what is open to whom; its grey
line cites the published rules behind all that it says, each by its publisher's number. CIS numbers anew with each version, so
the version stands with the number: §6.3, §6.4 and §6.5 of 7.0 are §5.3, §5.4 and §5.5 of 5.0. Numbers and names were last looked
up in November 2026, those of CIS in prowler's list of 7.0, as CIS shows its text to members alone.
"""

_SECTIONS = (
    ("What is open to whom", "Judged for each thing that a change newly admits.", TRAFFIC),
    ("What is open together", "Judged for all that a change newly admits to the same traffic.", TOGETHER),
    ("What comes into a prefix list", "Judged until it is known which rules name the list.", ENTRIES),
    (
        "What is so of the group",
        "Said in a sentence of its own, and only of a change that made it so.",
        GROUPS,
    ),
    ("What a change is at least", "Whatever is found, and nothing is said of it.", LEAST),
)

_WHO = """
## Who made it

Said in a sentence of its own, and never lowered by anything. Of what AWS refused it is low at most. That a user of IAM called by a
long-term key, which no second factor guards, stands behind the name and raises nothing: no published rule gives it a level.

| what | severity | when | cited as |
|---|---|---|---|
"""

_TAIL = """
## What raises it, and what lowers it

- **What sits behind the group lowers it** by one level, never below low, where nothing is attached, or nothing but endpoints,
  functions and gateways, to which nobody can connect through the group. The card then says so. It lowers what is open to whom,
  and nothing else: a default group is given to whatever is started next, and what is so of a group, or of who made a change, is
  so whatever is attached. Whether and how an alert is posted goes by the level before that, since the card does not wait for it.
- **A group of an account that is not known** is high where a rule lets it in, once accounts have names.
- **Only what a change newly causes counts.** The union of the group's rules after the change, less what they admitted before, is
  judged: two halves of the internet are the internet, a rule under a wider one adds nothing, and what was open before is not blamed
  on who comes later. Where before is not known, the change is judged by what its rules come to alone.
- **Nearly all of the internet counts as the internet**: where several rules together let in more than three quarters of the public
  addresses of an IP version to the same traffic, all rows about the world hold, and the card says "nearly all of the internet".
- **What AWS refused is informational**, as it changed nothing; the card says what was tried, and how often of late. It is posted
  as if it were low where it would have mattered, where the root user or an unknown account tried it, and from the third attempt
  within ten minutes on, whatever it was.
- **What is learned later can move it.** Reading the group, or the entries of a prefix list, replaces what was not known.
- **`policy.toml`**, `[severity]`: `sensitive_ports` are critical when any address is let in to them; `wide_ipv4` and `wide_ipv6`
  say up to which prefix a public range is wide; `many_rules` how many rules of one direction are many. `[networks]` are the
  organisation's own: what is open to them alone is low, unless they are wider than a /8, or a /16 of IPv6.
- **Gathered changes** are as severe as the worst of them.
"""


def draw_page() -> str:
    """Give the page as it is to be."""
    parts = [_HEAD]
    for title, said, rows in _SECTIONS:
        parts.append(
            f"\n## {title}\n\n{said}\n\n| what | severity | when | cited as | says the same |\n|---|---|---|---|---|\n"
        )
        parts += [_line(row.name, row.severity, row.sentence, row.cites, row.also) for row in rows]
    who = (
        _line(reason.name, reason.severity, reason.sentence, (reason.cites,) if reason.cites else ())
        for reason in REASONS
    )
    return "".join([*parts, _WHO, *who, _TAIL])


def _line(name: str, severity: Severity, sentence: str, *controls: tuple[Control, ...]) -> str:
    cells = (name, severity.name.lower(), sentence, *map(_links, controls))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _links(controls: tuple[Control, ...]) -> str:
    return "<br>".join(f"[{_name(each)}]({each.url})" for each in controls) or "–"


def _name(control: Control) -> str:
    return f"{control.publisher} {control.name}" if control.publisher else control.name


if __name__ == "__main__":
    PAGE.write_text(draw_page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name} is written\n")
