"""AWS Organizations: what it calls the accounts."""

from collections.abc import Callable, Iterator, Mapping

from botocore.exceptions import BotoCoreError, ClientError

from bot.aws.clients import Client
from bot.core.errors import OrganizationDenied, OrganizationError

# It answers the management account, and those that it has delegated to. AWSOrganizationsNotInUseException: there is no
# organisation. https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
_DENIED = frozenset({"AccessDeniedException", "AccessDenied", "AWSOrganizationsNotInUseException"})

_PAGE = {"PageSize": 20}  # the most that it takes


class Organizations:
    """The one call of Organizations that is needed."""

    def __init__(self, client: Callable[[], Client]) -> None:
        self._client = client

    def account_names(self) -> Iterator[Mapping[str, str]]:
        """
        Give the names of all accounts by their id, a page at a time.

        Raises:
            OrganizationDenied: this account may not ask, or is in no organisation.
            OrganizationError: Organizations did not tell this time.
        """
        try:
            pages = self._client().get_paginator("list_accounts").paginate(PaginationConfig=_PAGE)
            for page in pages:
                yield {account["Id"]: account["Name"] for account in page["Accounts"] if account.get("Name")}
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise (OrganizationDenied if code in _DENIED else OrganizationError)(code) from error
        except BotoCoreError as error:
            raise OrganizationError(type(error).__name__) from error
