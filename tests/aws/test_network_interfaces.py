"""Network interfaces read from EC2, as documents that AWS writes; how many, and what EC2 says instead."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from bot.aws.clients import Client
from bot.aws.network_interfaces import NetworkInterfaces
from bot.core.changes import GroupKey
from bot.core.errors import ReadDenied, ReadThrottled, SecurityGroupError
from bot.core.interfaces import MOST_INTERFACES, NetworkInterface

KEY = GroupKey("111122223333", "eu-west-1", "sg-0a1b")
OF_GROUP = {"Filters": [{"Name": "group-id", "Values": ["sg-0a1b"]}], "MaxResults": 1000}

WEB = {
    "NetworkInterfaceId": "eni-1",
    "InterfaceType": "interface",
    "Description": "Primary network interface",
    "RequesterManaged": False,
    "Status": "in-use",
    "Attachment": {"AttachmentId": "eni-attach-1", "InstanceId": "i-0a", "Status": "attached"},
    "Association": {"PublicIp": "198.51.100.20", "IpOwnerId": "amazon"},
    "PrivateIpAddresses": [
        {"PrivateIpAddress": "10.0.0.4", "Primary": True, "Association": {"PublicIp": "198.51.100.20"}},
        {"PrivateIpAddress": "10.0.0.5", "Primary": False, "Association": {"PublicIp": "198.51.100.21"}},
        {"PrivateIpAddress": "10.0.0.6", "Primary": False},
    ],
    "Groups": [{"GroupId": "sg-0f", "GroupName": "other"}, {"GroupId": "sg-0a1b", "GroupName": "web-prod"}],
    "TagSet": [{"Key": "Name", "Value": "web-1"}],
    "VpcId": "vpc-0c4d",
}
# Of a load balancer, whose attachment names an owner and no instance.
BALANCER = {
    "NetworkInterfaceId": "eni-2",
    "InterfaceType": "interface",
    "Description": "ELB app/web/50dc6c495c0c9188",
    "RequesterId": "amazon-elb",
    "RequesterManaged": True,
    "Status": "in-use",
    "Attachment": {"AttachmentId": "ela-attach-1", "InstanceOwnerId": "amazon-elb", "Status": "attached"},
    "Ipv6Addresses": [
        {"Ipv6Address": "2600:1f14::1"},
        {"Ipv6Address": "fd12:3456::1"},
    ],  # the second is private
    "Groups": [{"GroupId": "sg-0a1b", "GroupName": "web-prod"}],
    "VpcId": "vpc-0c4d",
}
SPARE = {"NetworkInterfaceId": "eni-3", "Status": "available", "VpcId": "vpc-0c4d"}


@pytest.fixture(scope="module")
def client() -> Client:
    return boto3.Session("testing", "testing", region_name=KEY.region).client("ec2")


@pytest.fixture
def answers(client: Client) -> Iterator[Stubber]:
    """EC2 as a list of answers; what is asked for must be what they expect."""
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def interfaces(client: Client) -> NetworkInterfaces:
    return NetworkInterfaces(lambda region, account_id: client)


def answer(stubber: Stubber, listed: list[dict[str, Any]], asked: dict[str, Any], token: str = "") -> None:
    more = {"NextToken": token} if token else {}
    stubber.add_response("describe_network_interfaces", {"NetworkInterfaces": listed, **more}, asked)


def test_each_is_read_with_what_tells_whose_it_is(answers: Stubber, interfaces: NetworkInterfaces) -> None:
    answer(answers, [WEB, BALANCER, SPARE], OF_GROUP)

    assert interfaces.of_group(KEY) == (
        [
            NetworkInterface(
                "eni-1",
                description="Primary network interface",
                instance_id="i-0a",
                name="web-1",
                addresses=("198.51.100.20", "198.51.100.21"),
                vpc_id="vpc-0c4d",
                group_name="web-prod",
            ),
            NetworkInterface(
                "eni-2",
                description="ELB app/web/50dc6c495c0c9188",
                is_managed=True,
                ipv6=("2600:1f14::1",),
                vpc_id="vpc-0c4d",
                group_name="web-prod",
            ),
            NetworkInterface("eni-3", is_attached=False, vpc_id="vpc-0c4d"),
        ],
        False,
    )


@pytest.mark.parametrize(
    ("resource_id", "name"), [("eni-1", "network-interface-id"), ("i-0a", "attachment.instance-id")]
)
def test_those_of_one_thing_are_found_by_its_id(
    answers: Stubber, interfaces: NetworkInterfaces, resource_id: str, name: str
) -> None:
    answer(answers, [WEB], {"Filters": [{"Name": name, "Values": [resource_id]}], "MaxResults": 1000})

    found, is_more = interfaces.of_resource(KEY, resource_id)
    assert ([interface.interface_id for interface in found], is_more) == (["eni-1"], False)


def test_pages_are_read_up_to_a_thousand_interfaces(answers: Stubber, interfaces: NetworkInterfaces) -> None:
    half = [SPARE] * (MOST_INTERFACES // 2)
    answer(answers, half, OF_GROUP, "2")
    answer(answers, half, {**OF_GROUP, "NextToken": "2"}, "3")

    found, is_more = interfaces.of_group(KEY)
    assert (len(found), is_more) == (MOST_INTERFACES, True)


def test_a_thousand_and_no_more_are_all(answers: Stubber, interfaces: NetworkInterfaces) -> None:
    answer(answers, [SPARE] * MOST_INTERFACES, OF_GROUP)

    assert interfaces.of_group(KEY)[1] is False


def test_pages_that_hold_next_to_nothing_are_not_read_for_ever(
    answers: Stubber, interfaces: NetworkInterfaces
) -> None:
    answer(answers, [], OF_GROUP, "2")
    for token in ("2", "3", "4"):
        answer(answers, [SPARE], {**OF_GROUP, "NextToken": token}, str(int(token) + 1))

    found, is_more = interfaces.of_group(KEY)
    assert (len(found), is_more) == (3, True)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("UnauthorizedOperation", ReadDenied),
        ("RequestLimitExceeded", ReadThrottled),
        ("InternalError", SecurityGroupError),
    ],
)
def test_what_ec2_refuses_is_told_in_our_errors(
    answers: Stubber, interfaces: NetworkInterfaces, code: str, error: type[SecurityGroupError]
) -> None:
    answers.add_client_error("describe_network_interfaces", code)

    with pytest.raises(error) as raised:
        interfaces.of_group(KEY)
    assert raised.value.code == code
