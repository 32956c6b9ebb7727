"""The two rules of EventBridge: which events reach the queue, and the schedule."""

from typing import Any

import pytest

from tests.deployment.event_pattern import matches
from tests.deployment.templates import attribute, of_type, properties
from tests.records import event_names, load_event

pytestmark = pytest.mark.slow


def caught(template: dict[str, Any], event: dict[str, Any]) -> bool:
    """Tell whether the rule takes *event*."""
    return matches(properties(template, "ChangesRule")["EventPattern"], event)


def test_what_eventbridge_cannot_put_on_the_queue_is_kept(template: dict[str, Any]) -> None:
    (target,) = properties(template, "ChangesRule")["Targets"]
    assert target["Arn"] == attribute("EventsQueue")
    assert target["DeadLetterConfig"] == {"Arn": attribute("EventsDeadLetters")}


def test_the_rule_stands_on_the_default_bus_and_is_on(template: dict[str, Any]) -> None:
    rule = properties(template, "ChangesRule")
    assert "EventBusName" not in rule
    assert rule.get("State", "ENABLED") == "ENABLED"


@pytest.mark.parametrize("name", event_names())
def test_it_takes_a_call_that_changes_a_group_and_no_other(template: dict[str, Any], name: str) -> None:
    assert caught(template, load_event(name)) == (not name.startswith("foreign_"))


def test_every_minute_the_worker_is_called(template: dict[str, Any]) -> None:
    ((name, rule),) = [
        (name, rule)
        for name, rule in of_type(template, "AWS::Events::Rule").items()
        if "ScheduleExpression" in rule
    ]
    assert rule["ScheduleExpression"] == "rate(1 minute)"
    assert [target["Arn"] for target in rule["Targets"]] == [attribute("WorkerLambdaFunction")]
    (permission,) = [
        permission
        for permission in of_type(template, "AWS::Lambda::Permission").values()
        if permission.get("SourceArn") == attribute(name)
    ]
    assert permission["Principal"] == "events.amazonaws.com"
