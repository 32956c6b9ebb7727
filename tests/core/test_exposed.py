"""What is known later of the groups that something was put under, is told and judged in the alert's place."""

from dataclasses import replace

import pytest

from bot.core.alerts import Alert, raise_alert
from bot.core.assessment import Severity, assess
from bot.core.behind import Exposed
from bot.core.changes import ChangeKind, GroupDetails, GroupKey, Membership, Observation
from bot.core.completion import complete
from tests.makers import NOW, a_change, a_rule

UNKNOWN = Exposed((), ("sg-2",))
OPEN = Exposed((a_rule(),))
KEY = GroupKey("111122223333", "eu-west-1", "sg-2")
READ = Observation(GroupDetails(KEY, "app-2", "vpc-1"), NOW, (a_rule(rule_id="sgr-1"),))


def put_under(*groups: str) -> Alert:
    one = groups[0] if len(groups) == 1 else None
    change = a_change(
        kind=ChangeKind.MEMBERSHIP,
        added=(),
        effect=Membership("eni-1"),
        group_id=one,
        mentioned=() if one else groups,
    )
    assessment = assess(change, exposes=UNKNOWN)
    return raise_alert(change, assessment, details=None, now=NOW, exposes=UNKNOWN)


def test_what_a_reading_shows_of_them_raises_the_alert() -> None:
    completion = complete(put_under("sg-1", "sg-2"), observation=READ, exposes=OPEN)

    assert completion is not None
    assert completion.is_more
    assert completion.exposes == OPEN
    assert completion.assessment.severity is Severity.CRITICAL
    assert completion.group_name is None  # one of several gives none its name


@pytest.mark.parametrize("exposes", [None, UNKNOWN])
def test_a_reading_that_shows_nothing_more_of_them_adds_nothing(exposes: Exposed | None) -> None:
    assert complete(put_under("sg-1", "sg-2"), observation=READ, exposes=exposes) is None


def test_the_name_of_the_only_group_changes_nothing_of_what_was_found() -> None:
    alert = put_under("sg-2")
    alert = replace(alert, assessment=assess(alert.digest.change, exposes=OPEN), exposes=OPEN)

    completion = complete(alert, observation=READ)

    assert completion is not None
    assert (completion.group_name, completion.assessment) == ("app-2", alert.assessment)
