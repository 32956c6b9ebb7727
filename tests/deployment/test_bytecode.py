"""The bytecode of the artifact does what its sources say, but for the docstrings that it leaves out."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.bytecode import NotUnderstood, write_out
from tests.deployment.conftest import ROOT

# Every dataclass of the bot, made twice from the same values and once from others, and what can be seen of them.
_LOOK = """
import importlib, inspect, json, sys
seen = {}
for name in json.loads(sys.argv[1]):
    module = importlib.import_module(name)
    for cls in vars(module).values():
        if not (isinstance(cls, type) and cls.__module__ == name and "__match_args__" in vars(cls)):
            continue
        names = cls.__match_args__
        a, b, other = (cls(**{field: f"{start}{field}" for field in names}) for start in ("a", "a", "b"))
        made = {field: f"a{field}" for field in names}
        needed = [p.name for p in inspect.signature(cls).parameters.values() if p.default is p.empty]
        least = cls(*needed)
        look = {
            "names": names, "slots": cls.__slots__, "needed": needed, "repr": object.__repr__(a)[:0] + cls.__repr__(a),
            "least": cls.__repr__(least) if " at 0x" not in cls.__repr__(least) else None,
            "not compared": [field for field in names if cls(**{**made, field: "another"}) == a],
            "same": a == b, "another": a == other, "foreign": a == 1, "unequal": a != other,
            "fresh": all(
                getattr(least, f) is not getattr(cls(*needed), f)
                for f in names
                if type(getattr(least, f)) in (list, dict, set)
            ),
        }
        try:
            look["hash"] = hash(a) == hash(b) != hash(other)
        except TypeError:
            look["hash"] = None
        try:
            look["ordered"] = a < other and a <= b and not a > other and a >= b
        except TypeError:
            look["ordered"] = None
        if names:
            for change in (lambda: setattr(a, names[0], 1), lambda: delattr(b, names[0])):
                try:
                    change()
                except AttributeError as error:
                    look[f"refused {len(look)}"] = str(error)
        replace = getattr(module, "replace", None)
        if replace and names:
            look["replaced"] = cls.__repr__(replace(other, **{names[-1]: 7}))
        seen[f"{name}.{cls.__qualname__}"] = look
print(json.dumps(seen))
"""


def look(folder: Path) -> dict[str, dict[str, object]]:
    """Look at the dataclasses of the bot in *folder*."""
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(ROOT.glob("bot/**/*.py"))
        if path.stem != "__main__"
    ]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-B", "-c", _LOOK, json.dumps(modules)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen: dict[str, dict[str, object]] = json.loads(done.stdout)
    return seen


@pytest.mark.slow
def test_each_dataclass_of_the_bot_is_written_out_as_dataclass_makes_it(unpacked: Path) -> None:
    compiled, sources = look(unpacked), look(ROOT)
    assert len(compiled) > 150
    assert compiled == sources


@pytest.mark.slow
def test_no_dataclass_is_left_to_be_made_at_a_start(unpacked: Path) -> None:
    modules = "bot.handlers, bot.work, bot.slack.questions, bot.slack.listeners"
    program = f"import dataclasses\ndataclasses._process_class = None\nimport {modules}"
    done = subprocess.run([sys.executable, "-S", "-B", "-c", program], cwd=unpacked, env={}, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    "written",
    [
        "@dataclass\nclass A:\n    a: int",
        "@dataclass(slots=True, kw_only=True)\nclass A:\n    a: int",
        "@dataclass(slots=True)\nclass A(B):\n    a: int",
        "@dataclass(slots=True)\nclass A:\n    a: int = field(init=False)",
        "@dataclass(slots=True)\nclass A:\n    a: ClassVar[int] = 1",
        "@dataclass(slots=True)\nclass A:\n    a: int\n    def __post_init__(self): pass",
    ],
)
def test_a_dataclass_that_is_written_in_another_way_is_not_guessed_at(written: str) -> None:
    with pytest.raises(NotUnderstood):
        write_out(ast.parse(written), "a.py")
