"""The table of benchmarks as a picture: of each target, how much of it is used; readable on light and on dark."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

Row = Mapping[str, Any]

_TITLES = {
    "cold": "Cold: from the start of Lambda to what somebody sees",
    "warm": "Warm: one request after another",
    "pure": "The processor's part of an event",
    "growth": "Growth: 300,000 changes beside 1,000",
    "burst": "A burst of one session",
    "noise": "A month of changes",
}

_WIDTH, _ROW, _TOP = 980, 22, 64
_BAR_FROM, _BAR_WIDTH, _MOST = 400, 260, 1.3  # so much of a target is drawn at the most
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 } .big { font-size: 15px; font-weight: 600 } .quiet { fill: #59636e }
.met { fill: #2da44e } .missed { fill: #cf222e } .bed { fill: #d1d9e0 } .most { stroke: #59636e; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .quiet { fill: #9198a1 } .bed { fill: #3d444d } .most { stroke: #9198a1 }
  .met { fill: #3fb950 } .missed { fill: #f85149 }
}
"""


def draw(document: Mapping[str, Any]) -> str:
    """Draw what `python -m benchmarks` wrote as SVG: a bar for each target, and a line in words for what failed."""
    of = document["machine"]
    pieces = [
        _text(16, 26, "What it takes, beside what it may take at most", "big"),
        _text(
            16,
            46,
            f"{of['processor']}, {of['cores']} cores, Python {of['python']} · {document['taken']} · the dashed line is the target",
            "quiet",
        ),
    ]
    y = _TOP
    for name in dict.fromkeys(row["benchmark"] for row in document["figures"]):
        y += _ROW
        pieces.append(_text(16, y, _TITLES.get(name, name), "title"))
        for row in shown(document["figures"], name):
            y += _ROW
            pieces += _bar(row, y)
    for name, reason in document["failed"].items():
        y += _ROW
        pieces.append(_text(16, y, f"{name} failed: {reason[:110]}", "missed"))
    line = _BAR_FROM + _BAR_WIDTH / _MOST
    pieces.append(f'<line class="most" x1="{line:.0f}" x2="{line:.0f}" y1="{_TOP}" y2="{y + 6}"/>')
    height = y + _ROW
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}">',
            f"<style>{_STYLE}</style>",
            *pieces,
            "</svg>\n",
        ]
    )


def shown(rows: Sequence[Row], benchmark: str) -> list[Row]:
    """Give the rows of *benchmark* that have a target; of look-ups, of which there are many, the worst of each unit."""
    judged = [row for row in rows if row["benchmark"] == benchmark and row["target"] is not None]
    lookups = [row for row in judged if row["against"].startswith("that at ")]
    worst = [
        max((row for row in lookups if row["unit"] == unit), key=_used)
        for unit in dict.fromkeys(row["unit"] for row in lookups)
    ]
    return [
        *({**row, "name": f"worst of the look-ups, {row['unit']}: {row['name']}"} for row in worst),
        *(row for row in judged if row not in lookups),
    ]


def _used(row: Row) -> float:
    """Say which part of its target *row* takes; of nothing, which is allowed to be nothing, none."""
    judged = row["ours"] if row["ratio"] is None else row["ratio"]
    if not row["target"]:
        return 0.0 if not judged else _MOST
    return float(judged / row["target"])


def _bar(row: Row, y: int) -> list[str]:
    width = min(_used(row), _MOST) / _MOST * _BAR_WIDTH
    unit = f" {row['unit']}" if row["unit"] else ""
    said = f"{_number(row['ours'])}{unit}"
    if row["ratio"] is None:
        said += f", at most {_number(row['target'])}"
    else:
        said += f": {row['ratio']:.2f} × {row['against']}, at most {row['target']:.2f}"
    if not row["met"]:
        said += ": missed"
    name = row["name"] if len(row["name"]) <= 58 else row["name"][:57] + "…"
    return [
        _text(28, y, name),
        f'<rect class="bed" x="{_BAR_FROM}" y="{y - 10}" width="{_BAR_WIDTH}" height="12" rx="2"/>',
        f'<rect class="{"met" if row["met"] else "missed"}" x="{_BAR_FROM}" y="{y - 10}" width="{width:.1f}" height="12" rx="2"/>',
        _text(_BAR_FROM + _BAR_WIDTH + 10, y, said, "quiet"),
    ]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.1f}"


def _text(x: int, y: int, words: str, kind: str = "") -> str:
    return f'<text x="{x}" y="{y}" class="{kind}">{escape(words)}</text>'
