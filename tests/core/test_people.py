"""Who in Slack made a change."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.changes import PrincipalKind
from bot.core.people import KnownPerson, Person, email_of
from tests.makers import ALICE, NOW


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Alice@Example.com", "alice@example.com"),
        ("a.b+c=d@sub.example.co.kr", "a.b+c=d@sub.example.co.kr"),
        ("alice", None),
        ("alice@example", None),
        ("alice@example.com/x", None),
        ("<!here>@example.com", None),
    ],
)
def test_a_session_may_be_called_by_an_address(name: str, email: str | None) -> None:
    assert email_of(replace(ALICE, name=name)) == email


def test_the_name_of_a_user_is_no_address_of_theirs() -> None:
    assert email_of(replace(ALICE, kind=PrincipalKind.IAM_USER)) is None


def test_what_slack_said_holds_for_a_day() -> None:
    known = KnownPerson(Person("U1", "Alice"), NOW)
    assert known.holds(NOW + timedelta(hours=23))
    assert not known.holds(NOW + timedelta(hours=24))
