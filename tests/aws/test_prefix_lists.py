"""Prefix lists read from EC2: moto's, and documents as AWS writes them where moto has none."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from bot.aws.clients import Client
from bot.aws.prefix_lists import PrefixLists
from bot.core.errors import PrefixListNotFound, ReadDenied, ReadThrottled, SecurityGroupError
from bot.core.prefix_lists import PrefixListHead, PrefixListKey
from tests.makers import NOW

ACCOUNT, REGION = "111122223333", "eu-west-1"
KEY = PrefixListKey(ACCOUNT, REGION, "pl-0123456789abcdef0")
HEAD = PrefixListHead(KEY, "office", 3)
OFFICE, HOME, WORLD = map(ip_network, ("198.51.100.0/24", "192.0.2.0/24", "0.0.0.0/0"))


def a_client() -> Client:
    return boto3.Session("testing", "testing", region_name=REGION).client("ec2")


@pytest.fixture
def ec2() -> Iterator[Client]:
    with mock_aws():
        yield a_client()


@pytest.fixture
def answers() -> Iterator[Stubber]:
    """EC2 as a list of answers; what is asked for must be what they expect."""
    with Stubber(a_client()) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def a_list(ec2: Client, *cidrs: str) -> str:
    answer = ec2.create_managed_prefix_list(
        PrefixListName="office",
        Entries=[{"Cidr": cidr} for cidr in cidrs],
        MaxEntries=20,
        AddressFamily="IPv4",
    )
    return str(answer["PrefixList"]["PrefixListId"])


class TestOnMoto:
    def test_a_list_is_named_with_its_current_version(self, ec2: Client) -> None:
        list_id = a_list(ec2, "198.51.100.0/24")
        ec2.modify_managed_prefix_list(
            PrefixListId=list_id, PrefixListName="office", AddEntries=[{"Cidr": "192.0.2.0/24"}]
        )
        (head,) = PrefixLists(lambda _: ec2).heads(ACCOUNT, REGION, [list_id, "pl-0ffffffffffffffff"])
        assert head == PrefixListHead(PrefixListKey(ACCOUNT, REGION, list_id), "office", 2)

    def test_each_version_keeps_its_entries(self, ec2: Client) -> None:
        list_id = a_list(ec2, "198.51.100.0/24")
        ec2.modify_managed_prefix_list(
            PrefixListId=list_id, PrefixListName="office", AddEntries=[{"Cidr": "192.0.2.0/24"}]
        )
        lists = PrefixLists(lambda _: ec2)
        (head,) = lists.heads(ACCOUNT, REGION, [list_id])
        assert lists.read(head, now=NOW).networks == (OFFICE, HOME)
        before = lists.read(replace(head, version=1), now=NOW)
        assert (before.version, before.networks, before.read_at) == (1, (OFFICE,), NOW)

    def test_a_version_that_is_not_made_yet_is_not_an_empty_one(self, ec2: Client) -> None:
        lists = PrefixLists(lambda _: ec2)
        (head,) = lists.heads(ACCOUNT, REGION, [a_list(ec2, "198.51.100.0/24")])
        with pytest.raises(PrefixListNotFound):
            lists.read(replace(head, version=2), now=NOW)

    def test_a_list_of_awss_has_no_version_and_entries_all_the_same(self, ec2: Client) -> None:
        named = {
            entry["PrefixListName"]: entry for entry in ec2.describe_managed_prefix_lists()["PrefixLists"]
        }
        list_id = named["com.amazonaws.global.cloudfront.origin-facing"]["PrefixListId"]
        lists = PrefixLists(lambda _: ec2)
        (head,) = lists.heads(ACCOUNT, REGION, [list_id])
        assert (head.name, head.version) == ("com.amazonaws.global.cloudfront.origin-facing", None)
        assert ip_network("13.124.199.0/24") in lists.read(head, now=NOW).networks

    def test_a_list_is_read_in_its_own_region(self, ec2: Client) -> None:
        asked: list[str] = []

        def client(region: str) -> Client:
            asked.append(region)
            return ec2

        lists = PrefixLists(client)
        (head,) = lists.heads(ACCOUNT, REGION, [a_list(ec2, "198.51.100.0/24")])
        lists.read(head, now=NOW)
        assert asked == [REGION, REGION]


class TestAnswers:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetManagedPrefixListEntries.html"""

    def test_entries_come_in_pages_of_a_hundred(self, answers: Stubber) -> None:
        asked = {"PrefixListId": KEY.prefix_list_id, "TargetVersion": 3, "MaxResults": 100}
        entries = [{"Cidr": "198.51.100.0/24"}, {"Cidr": "192.0.2.0/24", "Description": "home"}]
        call = "get_managed_prefix_list_entries"
        answers.add_response(call, {"Entries": entries, "NextToken": "more"}, asked)
        answers.add_response(call, {"Entries": [{"Cidr": "0.0.0.0/0"}]}, {**asked, "NextToken": "more"})
        assert PrefixLists(lambda _: answers.client).read(HEAD, now=NOW).networks == (OFFICE, HOME, WORLD)

    def test_an_empty_list_is_empty(self, answers: Stubber) -> None:
        answers.add_response("get_managed_prefix_list_entries", {"Entries": []})
        assert PrefixLists(lambda _: answers.client).read(HEAD, now=NOW).networks == ()

    def test_many_lists_are_asked_for_by_the_hundred(self, answers: Stubber) -> None:
        ids = [f"pl-{number:017x}" for number in range(150)]
        for some in (ids[:100], ids[100:]):
            answers.add_response(
                "describe_managed_prefix_lists",
                {"PrefixLists": [{"PrefixListId": some[0], "PrefixListName": "office", "Version": 1}]},
                {"Filters": [{"Name": "prefix-list-id", "Values": some}], "MaxResults": 100},
            )
        heads = PrefixLists(lambda _: answers.client).heads(ACCOUNT, REGION, ids)
        assert [head.key.prefix_list_id for head in heads] == [ids[0], ids[100]]

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            pytest.param("InvalidPrefixListID.NotFound", PrefixListNotFound, id="gone"),
            pytest.param(
                "InvalidPrefixListId.NotFound", PrefixListNotFound, id="gone, in the other spelling"
            ),
            pytest.param("UnauthorizedOperation", ReadDenied, id="denied"),
            pytest.param("RequestLimitExceeded", ReadThrottled, id="throttled"),
            pytest.param("InternalError", SecurityGroupError, id="anything else"),
        ],
    )
    @pytest.mark.parametrize("call", ["describe_managed_prefix_lists", "get_managed_prefix_list_entries"])
    def test_an_error_is_told_by_its_kind(
        self, answers: Stubber, call: str, code: str, kind: type[SecurityGroupError]
    ) -> None:
        answers.add_client_error(call, code)
        lists = PrefixLists(lambda _: answers.client)
        with pytest.raises(SecurityGroupError) as caught:
            lists.read(HEAD, now=NOW) if call.startswith("get") else lists.heads(ACCOUNT, REGION, ["pl-1"])
        assert (type(caught.value), caught.value.code) == (kind, code)

    def test_no_answer_is_an_error_of_ours_too(self) -> None:
        def client(_: str) -> Any:
            from botocore.exceptions import ConnectTimeoutError

            raise ConnectTimeoutError(endpoint_url="ec2")

        with pytest.raises(SecurityGroupError) as caught:
            PrefixLists(client).read(HEAD, now=NOW)
        assert caught.value.code == "ConnectTimeoutError"
