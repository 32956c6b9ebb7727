"""AWS Organizations as moto has it, and its refusals; and what the store promises of what it said."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from moto import mock_aws

from bot.aws.organizations import Organizations
from bot.aws.store import Store
from bot.core.errors import OrganizationDenied, OrganizationError
from bot.core.organization import Organization
from tests.makers import NOW


@pytest.fixture
def organization() -> Iterator[Any]:
    """An organisation of 46 accounts: three pages."""
    with mock_aws():
        client = boto3.Session("testing", "testing", region_name="ap-northeast-2").client("organizations")
        client.create_organization(FeatureSet="ALL")
        for number in range(45):
            client.create_account(Email=f"{number}@example.com", AccountName=f"team-{number}")
        yield client


class Refusing:
    """A client whose every page is *error*."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def get_paginator(self, _: str) -> "Refusing":
        return self

    def paginate(self, **_: Any) -> Iterator[Any]:
        raise self._error


class TestOrganizations:
    def test_every_account_is_named_page_by_page(self, organization: Any) -> None:
        pages = list(Organizations(lambda: organization).account_names())
        assert [len(page) for page in pages] == [20, 20, 6]
        names = {account_id: name for page in pages for account_id, name in page.items()}
        assert set(names.values()) == {"master", *(f"team-{number}" for number in range(45))}
        assert all(len(account_id) == 12 for account_id in names)

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("AccessDeniedException", OrganizationDenied),
            ("AWSOrganizationsNotInUseException", OrganizationDenied),
            ("TooManyRequestsException", OrganizationError),
            ("ServiceException", OrganizationError),
        ],
    )
    def test_a_refusal_says_its_code_and_whether_it_will_pass(
        self, code: str, kind: type[OrganizationError]
    ) -> None:
        refused = ClientError({"Error": {"Code": code, "Message": "no"}}, "ListAccounts")
        with pytest.raises(OrganizationError) as raised:
            list(Organizations(lambda: Refusing(refused)).account_names())
        assert (type(raised.value), raised.value.code) == (kind, code)

    def test_no_answer_is_no_refusal(self) -> None:
        silent = ConnectTimeoutError(endpoint_url="organizations")
        with pytest.raises(OrganizationError) as raised:
            list(Organizations(lambda: Refusing(silent)).account_names())
        assert not isinstance(raised.value, OrganizationDenied)


class TestKept:
    def test_nothing_is_known_before_it_was_asked(self, store: Store) -> None:
        assert store.organization() is None

    @pytest.mark.parametrize(
        "said",
        [
            Organization(NOW, NOW, {"111122223333": "payments <!here> ü"}),
            Organization(NOW, NOW, {f"{number:012d}": f"account {number}" for number in range(10_000)}),
            Organization(NOW, trouble="AccessDeniedException", is_denied=True),
            Organization(NOW, NOW, {"1": "x"}, "ServiceException"),
        ],
        ids=["names", "ten thousand", "denied", "trouble"],
    )
    def test_what_was_said_last_is_kept_whole(self, store: Store, said: Organization) -> None:
        store.keep_organization(Organization(NOW, NOW, {"2": "y"}, "x", is_denied=True))
        store.keep_organization(said)
        assert store.organization() == said
