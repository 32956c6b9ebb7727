"""Whatever reaches further than one thing says beside it why."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ("serverless.yml", "deploy/forwarder.yml")

# A star in an action, a resource or a principal, as YAML writes them in these files.
KEYS = re.compile(r"\b(Action|NotAction|Resource|NotResource|Principal|aws:PrincipalArn|AWS)\b\"?:")


def unjustified(text: str) -> list[str]:
    """
    Give the lines that grant by a star without a comment on the line, or directly above.

    A list or a !Sub below such a key counts to it as long as it is indented further.
    """
    found: list[str] = []
    inside: int | None = None
    lines = text.splitlines()
    for number, line in enumerate(lines):
        code, hash_sign, _ = line.partition(" #")
        indent = len(line) - len(line.lstrip())
        if inside is not None and code.strip() and indent <= inside:
            inside = None
        if KEYS.search(code):
            inside = indent
        above = lines[number - 1].strip() if number else ""
        is_alias = re.search(r"[:\[] \*\w+|- \*\w+$", code)
        if (
            inside is not None
            and "*" in code
            and not is_alias
            and not hash_sign
            and not above.startswith("#")
        ):
            found.append(line.strip())
    return found


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_star_has_its_reason_beside_it(name: str) -> None:
    assert unjustified((ROOT / name).read_text()) == []


@pytest.mark.parametrize(
    "text",
    [
        "Action: ec2:*",
        'Action: "*"',
        'Resource: "*"',
        'Principal: "*"',
        'Principal: { AWS: "*" }',
        "Action: [sqs:SendMessage, sqs:*]",
        'Resource: !Sub "arn:x:*:role/y"',
        'Resource:\n  - one\n  - "arn:x:*"',
        'Resource:\n  - one # it is\n  - "arn:x:*"',
    ],
)
def test_one_without_is_found(text: str) -> None:
    assert len(unjustified(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        'Resource: "*" # EC2\'s Describe calls know no resources',
        '# whoever it is\nPrincipal: "*"',
        "Action: sqs:SendMessage",
        "Policies: *shared",
        'Description: "a * b"',
    ],
)
def test_one_with_a_reason_or_none_is_let_be(text: str) -> None:
    assert unjustified(text) == []
