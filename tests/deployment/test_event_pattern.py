"""The pattern of the deployed rule: it lets each call on a group through and its twins not. First, how patterns match."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from bot.core.calls import CALLS
from bot.core.cloudtrail import changes_a_group
from tests.deployment.event_pattern import UnknownOperator, matches
from tests.records import event, event_names, load_event
from tests.test_names_agree import RESOURCES

PATTERN = RESOURCES["ChangesRule"]["Properties"]["EventPattern"]

WEB = "sg-0a1b2c3d4e5f60718"

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events.html
EC2_STATE = {
    "version": "0",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "111122223333",
    "time": "2017-10-02T18:43:48Z",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f", "arn:aws:autoscaling:one"],
    "detail": {
        "instance-id": "i-1234567890abcdef0",
        "state": "terminated",
        "c-count": 5,
        "empty": "",
        "no": None,
    },
}

# https://github.com/aws/event-ruler#json-array-matching
EMPLOYEES = {
    "employees": [
        {"firstName": "John", "lastName": "Doe"},
        {"firstName": "Anna", "lastName": "Smith"},
        {"firstName": "Peter", "lastName": "Jones"},
    ]
}


class TestMatching:
    @pytest.mark.parametrize(
        ("pattern", "is_match"),
        [
            pytest.param({"source": ["aws.ec2"]}, True, id="a value"),
            pytest.param({"source": ["aws.s3", "aws.ec2"]}, True, id="one of two values"),
            pytest.param({"source": ["aws.s3"]}, False, id="another value"),
            pytest.param({"source": ["AWS.EC2"]}, False, id="other letters"),
            pytest.param({"source": ["aws.ec"]}, False, id="the beginning of a value"),
            pytest.param({"source": []}, False, id="none of no values"),
            pytest.param({"Source": ["aws.ec2"]}, False, id="a field in other letters"),
            pytest.param({}, True, id="nothing asked for"),
            pytest.param({"source": ["aws.ec2"], "account": ["1"]}, False, id="one field of two"),
            pytest.param({"detail": {"state": ["terminated", "pending"]}}, True, id="a field inside"),
            pytest.param({"detail": {"state": {"name": ["terminated"]}}}, False, id="inside a plain value"),
            pytest.param({"detail": ["terminated"]}, False, id="a value where an object is"),
            pytest.param({"detail": {"c-count": [5]}}, True, id="a number"),
            pytest.param({"detail": {"c-count": ["5"]}}, False, id="a number as text"),
            pytest.param({"detail": {"empty": [""]}}, True, id="an empty text"),
            pytest.param({"detail": {"no": [None]}}, True, id="null"),
            pytest.param({"detail": {"missing": [None]}}, False, id="null where nothing is"),
            pytest.param({"time": [{"prefix": "2017-10-02"}]}, True, id="a prefix"),
            pytest.param({"time": [{"prefix": "2017-10-03"}]}, False, id="another prefix"),
            pytest.param(
                {"time": [{"prefix": "2018"}, "2017-10-02T18:43:48Z"]}, True, id="a prefix or a value"
            ),
            pytest.param({"detail-type": [{"prefix": "ec2"}]}, False, id="a prefix in other letters"),
            pytest.param({"detail": {"c-count": [{"prefix": "5"}]}}, False, id="a prefix of a number"),
            pytest.param({"detail": {"state": [{"exists": True}]}}, True, id="a field exists"),
            pytest.param({"detail": {"missing": [{"exists": True}]}}, False, id="a missing field exists"),
            pytest.param({"detail": {"missing": [{"exists": False}]}}, True, id="a missing field is missing"),
            pytest.param({"detail": {"state": [{"exists": False}]}}, False, id="a field is missing"),
            pytest.param({"detail": [{"exists": True}]}, False, id="only plain values exist"),
            pytest.param(
                {"resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f", "arn:other"]},
                True,
                id="a list that has a value in common",
            ),
            pytest.param({"resources": ["arn:other"]}, False, id="a list that has none in common"),
            pytest.param({"resources": [{"prefix": "arn:aws:autoscaling:"}]}, True, id="a prefix in a list"),
        ],
    )
    def test_a_field_must_hold_one_of_the_values(self, pattern: dict[str, Any], is_match: bool) -> None:
        assert matches(pattern, EC2_STATE) is is_match

    @pytest.mark.parametrize(
        ("pattern", "is_match"),
        [
            pytest.param({"firstName": ["Anna"]}, True, id="one field of one element"),
            pytest.param(
                {"firstName": ["Anna"], "lastName": ["Smith"]}, True, id="two fields of one element"
            ),
            pytest.param({"firstName": ["Anna"], "lastName": ["Jones"]}, False, id="fields of two elements"),
            pytest.param({"firstName": ["Anna", "Peter"], "lastName": ["Jones"]}, True, id="either's name"),
        ],
    )
    def test_of_a_list_of_objects_one_element_must_match(
        self, pattern: dict[str, Any], is_match: bool
    ) -> None:
        assert matches({"employees": pattern}, EMPLOYEES) is is_match

    def test_lists_within_lists_are_flattened(self) -> None:
        nested = {"rows": [[{"cells": [["a"], ["b", "c"]]}], []]}
        assert matches({"rows": {"cells": ["c"]}}, nested)
        assert not matches({"rows": {"cells": ["d"]}}, nested)

    @pytest.mark.parametrize("empty", [{"rows": []}, {"rows": {}}, {"rows": [{}]}, {"rows": None}], ids=repr)
    def test_an_empty_list_or_object_holds_nothing(self, empty: dict[str, Any]) -> None:
        assert not matches({"rows": {"cells": [{"exists": True}]}}, empty)

    @pytest.mark.parametrize(
        ("found", "is_match"),
        [
            pytest.param({"source": "aws.cloudwatch", "metricName": "ReadLatency"}, True, id="the first"),
            pytest.param({"source": "aws.cloudwatch", "namespace": "AWS/ES"}, True, id="the second"),
            pytest.param(
                {"source": "aws.cloudwatch", "namespace": "AWS/EC2", "metricName": "x"}, True, id="one"
            ),
            pytest.param({"source": "aws.cloudwatch", "namespace": "AWS/S3"}, False, id="neither"),
            pytest.param({"source": "aws.ec2", "namespace": "AWS/ES"}, False, id="but not the rest"),
        ],
    )
    def test_of_alternatives_one_must_match_beside_the_rest(
        self, found: dict[str, Any], is_match: bool
    ) -> None:
        pattern = {
            "source": ["aws.cloudwatch"],
            "$or": [
                {"metricName": ["CPUUtilization", "ReadLatency"]},
                {"namespace": ["AWS/EC2", "AWS/ES"]},
            ],
        }
        assert matches(pattern, found) is is_match

    def test_an_alternative_must_match_as_a_whole(self) -> None:
        pattern = {"$or": [{"name": ["a"], "size": [1]}, {"name": ["b"], "size": [2]}]}
        assert matches(pattern, {"name": "b", "size": 2})
        assert not matches(pattern, {"name": "a", "size": 2})

    @pytest.mark.parametrize(
        "operator",
        [{"suffix": "z"}, {"anything-but": "a"}, {"prefix": {"equals-ignore-case": "a"}}, {}],
        ids=repr,
    )
    def test_more_of_the_language_is_refused_not_guessed_at(self, operator: dict[str, Any]) -> None:
        with pytest.raises(UnknownOperator):
            matches({"source": [operator]}, EC2_STATE)


def a_call(call: str) -> dict[str, Any]:
    """Give an event of the tests that reports this call."""
    name = next(name for name in event_names() if _is_of_ours(name, call))
    return load_event(name)


def _is_of_ours(name: str, call: str) -> bool:
    return not name.startswith("foreign_") and load_event(name)["detail"]["eventName"] == call


@pytest.mark.parametrize("name", event_names())
def test_the_rule_takes_each_event_but_the_foreign_ones(name: str) -> None:
    assert matches(PATTERN, load_event(name)) is not name.startswith("foreign_")


@pytest.mark.parametrize("name", event_names())
def test_the_rule_and_the_code_agree_on_what_is_ours(name: str) -> None:
    assert matches(PATTERN, load_event(name)) is changes_a_group(load_event(name))


def rename(letters: Callable[[str], str]) -> Callable[[dict[str, Any]], None]:
    def spoil(event: dict[str, Any]) -> None:
        event["detail"]["eventName"] = letters(event["detail"]["eventName"])

    return spoil


def put(value: Any, *path: str) -> Callable[[dict[str, Any]], None]:
    def spoil(event: dict[str, Any]) -> None:
        *way, last = path
        place = event
        for key in way:
            place = place[key]
        place[last] = value

    return spoil


def drop(*path: str) -> Callable[[dict[str, Any]], None]:
    def spoil(event: dict[str, Any]) -> None:
        *way, last = path
        place = event
        for key in way:
            place = place[key]
        del place[last]

    return spoil


TWINS = {
    "name as the predecessor wrote it": rename(lambda name: name.capitalize()),
    "name in small letters": rename(str.lower),
    "name in capitals": rename(str.upper),
    "name in camel case": rename(lambda name: name[0].lower() + name[1:]),
    "name with a space": rename(lambda name: f"{name} "),
    "name cut short": rename(lambda name: name[:-1]),
    "name within another": rename(lambda name: f"{name}V2"),
    "no name": drop("detail", "eventName"),
    "no source of the record": drop("detail", "eventSource"),
    "no source of the envelope": drop("source"),
    "no kind of event": drop("detail-type"),
    "no record": drop("detail"),
    "another service's record": put("s3.amazonaws.com", "detail", "eventSource"),
    "source in capitals": put("EC2.amazonaws.com", "detail", "eventSource"),
    "another service's envelope": put("aws.s3", "source"),
    "not AWS's own": put("custom.ec2", "source"),
    "another kind of event": put("EC2 Instance State-change Notification", "detail-type"),
    "another kind of event of CloudTrail": put("AWS Service Event via CloudTrail", "detail-type"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("twin", TWINS)
def test_a_twin_of_a_call_is_not_taken(call: str, twin: str) -> None:
    told = a_call(call)
    assert matches(PATTERN, told)
    spoiled = copy.deepcopy(told)
    TWINS[twin](spoiled)
    assert not matches(PATTERN, spoiled)


TAGGED_INSTANCE = {"resourcesSet": {"items": [{"resourceId": "i-0a1b2c3d4e5f60718"}]}}
TAG = {"tagSet": {"items": [{"key": "group", "value": WEB}]}}


@pytest.mark.parametrize("call", ["CreateTags", "DeleteTags"])
@pytest.mark.parametrize(
    ("request_parameters", "is_taken"),
    [
        pytest.param({"resourcesSet": {"items": [{"resourceId": WEB}]}}, True, id="a group"),
        pytest.param(
            {"resourcesSet": {"items": [{"resourceId": "i-0a"}, {"resourceId": WEB}]}},
            True,
            id="a group among others",
        ),
        pytest.param({**TAGGED_INSTANCE, **TAG}, False, id="an instance, with a group's id in a tag"),
        pytest.param({"resourcesSet": {"items": [{"resourceId": "sgr-0a"}]}}, False, id="a rule"),
        pytest.param(
            {"resourcesSet": {"items": [{"resourceId": f"x{WEB}"}]}}, False, id="an id within another"
        ),
        pytest.param({"resourcesSet": {"items": [{"resourceId": WEB.upper()}]}}, False, id="in capitals"),
        pytest.param({"resourcesSet": {"items": [{"resourceType": WEB}]}}, False, id="another field"),
        pytest.param({"resourcesSet": {"items": []}}, False, id="nothing"),
        pytest.param({"resourcesSet": {}}, False, id="an empty set"),
        pytest.param(TAG, False, id="no set"),
        pytest.param({}, False, id="no parameters"),
        pytest.param(None, False, id="null for parameters"),
    ],
)
def test_tags_are_taken_where_they_are_a_groups(call: str, request_parameters: Any, is_taken: bool) -> None:
    assert matches(PATTERN, event(eventName=call, requestParameters=request_parameters)) is is_taken


@pytest.mark.parametrize("call", ["ModifyInstanceAttribute", "ModifyNetworkInterfaceAttribute"])
@pytest.mark.parametrize(
    ("request_parameters", "is_taken"),
    [
        pytest.param({"groupSet": {"items": [{"groupId": WEB}]}}, True, id="a group"),
        pytest.param(
            {"groupSet": {"items": [{"groupId": "x"}, {"groupId": WEB}]}}, True, id="a group of several"
        ),
        pytest.param({"groupSet": {"items": [{"groupId": "sgr-0a"}]}}, False, id="what is no group"),
        pytest.param({"groupSet": {"items": [{"groupName": WEB}]}}, False, id="another field"),
        pytest.param({"groupSet": {"items": []}}, False, id="nothing"),
        pytest.param({"groupSet": {}}, False, id="an empty set"),
        pytest.param({"description": {"value": WEB}}, False, id="a description that names a group"),
        pytest.param({}, False, id="no parameters"),
        pytest.param(None, False, id="null for parameters"),
    ],
)
def test_attributes_are_taken_where_they_are_groups(
    call: str, request_parameters: Any, is_taken: bool
) -> None:
    assert matches(PATTERN, event(eventName=call, requestParameters=request_parameters)) is is_taken


@pytest.mark.parametrize(
    "call", ["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupEgress", "ModifySecurityGroupRules"]
)
@pytest.mark.parametrize("request_parameters", [None, {}, {"omitted": True}], ids=repr)
def test_a_call_that_is_always_about_a_group_is_taken_without_parameters(
    call: str, request_parameters: Any
) -> None:
    assert matches(PATTERN, event(eventName=call, requestParameters=request_parameters))
