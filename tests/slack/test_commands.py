"""What people type behind /sg-changes."""

import pytest

from bot.slack.commands import (
    Doctor,
    GroupChanges,
    GroupRules,
    Help,
    LatestChanges,
    Misunderstood,
    Query,
    Unacknowledged,
    parse_command,
)
from bot.slack.text import mrkdwn


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", LatestChanges()),
        ("   ", LatestChanges()),
        ("help", Help()),
        ("HELP ", Help()),
        ("doctor", Doctor()),
        ("unacked", Unacknowledged()),
        ("web-prod", GroupChanges("web-prod")),
        ("  web-prod  ", GroupChanges("web-prod")),
        ("sg-0a1b2c3d4e5f60718", GroupChanges("sg-0a1b2c3d4e5f60718")),
        ("payload-service", GroupChanges("payload-service")),
        ("payload", GroupChanges("payload")),
        ("Web-Prod", GroupChanges("Web-Prod")),
        ("rules web-prod", GroupRules("web-prod")),
        ("Rules web-prod", GroupRules("web-prod")),
        ("rules rules", GroupRules("rules")),
        ("rules unacked", GroupRules("unacked")),
        ('"rules"', GroupChanges("rules")),
        ('"help"', GroupChanges("help")),
        ('rules "a group with spaces"', GroupRules("a group with spaces")),
        ('"a group with spaces"', GroupChanges("a group with spaces")),
        ("“curly quotes”", GroupChanges("curly quotes")),
        ("„low quotes“", GroupChanges("low quotes")),
        ("«guillemets»", GroupChanges("guillemets")),
        ('"never closed', GroupChanges("never closed")),
        ("rules\tweb-prod", GroupRules("web-prod")),
        ("rules\u00a0web-prod", GroupRules("web-prod")),
        ("undcked", GroupChanges("undcked")),
        ("x" * 255, GroupChanges("x" * 255)),
    ],
)
def test_a_text_is_read(text: str, query: Query) -> None:
    assert parse_command(text) == query


@pytest.mark.parametrize(
    ("text", "reason", "example"),
    [
        ("rules", "Whose rules?", "rules web-prod"),
        ('rules ""', "Whose rules?", "rules web-prod"),
        ('""', "Which group?", "web-prod"),
        ('" "', "Which group?", "web-prod"),
        ("help me", "Nothing can follow “help”.", "help"),
        ("Unacked please", "Nothing can follow “unacked”.", "unacked"),
        ("rule web-prod", "There is no “rule”.", "rules web-prod"),
        (
            "a group with spaces",
            "That is more than one name. One with spaces goes in quotes.",
            '"a group with spaces"',
        ),
        (
            "rules web prod",
            "That is more than one name. One with spaces goes in quotes.",
            'rules "web prod"',
        ),
        ("x" * 256, "No group has a name of more than 255 characters.", "web-prod"),
        ("rules " + "x" * 256, "No group has a name of more than 255 characters.", "rules web-prod"),
    ],
)
def test_a_text_that_asks_for_nothing_known_gets_a_reason_and_an_example(
    text: str, reason: str, example: str
) -> None:
    assert parse_command(text) == Misunderstood(reason, example)


@pytest.mark.parametrize(
    "text", ["rules", "help me", "rule web-prod", "a group with spaces", "rules web prod", "x" * 256]
)
def test_the_example_of_a_misunderstood_text_is_understood(text: str) -> None:
    misunderstood = parse_command(text)
    assert isinstance(misunderstood, Misunderstood)
    assert not isinstance(parse_command(misunderstood.example), Misunderstood)


@pytest.mark.parametrize("name", ["web_prod", "app@blue", "team:api", "web-prod", "a*b~c"])
def test_a_name_copied_from_a_headline_can_be_asked_for(name: str) -> None:
    assert parse_command(mrkdwn(name, 80)) == GroupChanges(name)
