"""Which trail brings EventBridge what happens to groups."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deploy.account import Account
from deploy.trails import Trails, find_trails, logs_writes

MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}


def simple(kind: str, *, management: bool = True) -> dict[str, Any]:
    return {"EventSelectors": [{"ReadWriteType": kind, "IncludeManagementEvents": management}]}


def advanced(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"AdvancedEventSelectors": [{"Name": "x", "FieldSelectors": list(fields)}]}


@pytest.mark.parametrize(
    ("selectors", "does"),
    [
        pytest.param(simple("All"), True, id="all"),
        pytest.param(simple("WriteOnly"), True, id="writes"),
        pytest.param(simple("ReadOnly"), False, id="reads"),
        pytest.param(simple("All", management=False), False, id="data alone"),
        pytest.param({"EventSelectors": [*simple("ReadOnly")["EventSelectors"], {}]}, True, id="one of two"),
        pytest.param({"EventSelectors": []}, False, id="none"),
        pytest.param(advanced(MANAGEMENT), True, id="advanced: management"),
        pytest.param(
            advanced(MANAGEMENT, {"Field": "readOnly", "Equals": ["false"]}), True, id="advanced: writes"
        ),
        pytest.param(
            advanced(MANAGEMENT, {"Field": "readOnly", "Equals": ["true"]}), False, id="advanced: reads"
        ),
        pytest.param(advanced({"Field": "eventCategory", "Equals": ["Data"]}), False, id="advanced: data"),
        pytest.param(
            advanced(MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}),
            True,
            id="advanced: without KMS",
        ),
        pytest.param(
            advanced(MANAGEMENT, {"Field": "eventSource", "NotEquals": ["ec2.amazonaws.com"]}),
            False,
            id="advanced: without EC2",
        ),
        pytest.param(
            advanced(MANAGEMENT, {"Field": "eventSource", "Equals": ["ec2.amazonaws.com"]}),
            True,
            id="advanced: EC2 alone",
        ),
        pytest.param(
            advanced(MANAGEMENT, {"Field": "eventSource", "Equals": ["s3.amazonaws.com"]}),
            False,
            id="advanced: S3 alone",
        ),
        pytest.param(
            advanced(MANAGEMENT, {"Field": "eventName", "Equals": ["RunInstances"]}),
            False,
            id="advanced: some calls",
        ),
    ],
)
def test_a_trail_does_when_its_selectors_take_management_writes(selectors: Any, does: bool) -> None:
    assert logs_writes(selectors) is does


@pytest.fixture
def cloudtrail(account: Account) -> Any:
    account.client("s3").create_bucket(
        Bucket="trail-bucket", CreateBucketConfiguration={"LocationConstraint": account.region}
    )
    return account.client("cloudtrail")


def make_trail(cloudtrail: Any, name: str, *, is_on: bool = True, **selector: Any) -> None:
    cloudtrail.create_trail(Name=name, S3BucketName="trail-bucket")
    if selector:
        cloudtrail.put_event_selectors(TrailName=name, EventSelectors=[selector])
    if is_on:
        cloudtrail.start_logging(Name=name)


def test_there_may_be_none(cloudtrail: Any) -> None:
    assert find_trails(cloudtrail) == Trails()


def test_each_is_told_by_what_it_does(cloudtrail: Any) -> None:
    make_trail(cloudtrail, "audit", ReadWriteType="WriteOnly", IncludeManagementEvents=True)
    make_trail(cloudtrail, "reads", ReadWriteType="ReadOnly", IncludeManagementEvents=True)
    make_trail(cloudtrail, "sleeping", is_on=False, ReadWriteType="All", IncludeManagementEvents=True)
    assert find_trails(cloudtrail) == Trails(
        working=("audit",),
        not_working=("reads does not log management writes of EC2", "sleeping is switched off"),
    )


def test_one_that_may_not_be_looked_at_is_unclear() -> None:
    class CloudTrail:
        def describe_trails(self, **_: Any) -> Any:
            return {"trailList": [{"Name": "org", "TrailARN": "arn:aws:cloudtrail:us-east-1:1:trail/org"}]}

        def get_trail_status(self, **asked: Any) -> Any:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": json.dumps(asked)}}, "x")

    assert find_trails(CloudTrail()) == Trails(unclear=("org (may not be looked at: AccessDenied)",))
