"""Reading other accounts: a role in each of them lets Panopticon in, to read and to do nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bot.aws.clients import Client, client, client_with, partition
from bot.aws.ec2_errors import translate
from bot.core.errors import ReadRoleMissing

ROLE = "panopticon-read"
"""What the role is called in each account; deploy/forwarder.yml makes it."""

_SESSION_NAME = "panopticon"

# Credentials last an hour, as long as one role may take on another for; those with less left than this are not begun with.
_NOT_BELOW = timedelta(minutes=5)

_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})


@dataclass(frozen=True, slots=True)
class _Session:
    """What STS gave for one account, and the clients that use it, by service and region."""

    credentials: Mapping[str, str]
    expires_at: datetime
    clients: dict[tuple[str, str], Client]


class ReadRoles:
    """
    Clients that read AWS in whichever account: the function's own needs no role, and each other one is asked for once an hour.

    *own* gives a client of the function's own for a region, *sts* STS's, and *make* one with an account's credentials, as
    `bot.aws.clients` does.
    """

    def __init__(
        self,
        own_account_id: str,
        clock: Callable[[], datetime],
        own: Callable[[str, str], Client] = client,
        sts: Callable[[], Client] = lambda: client("sts"),
        make: Callable[[Mapping[str, str], str, str], Client] = client_with,
    ) -> None:
        self._own_account_id = own_account_id
        self._clock = clock
        self._own = own
        self._sts = sts
        self._make = make
        self._sessions: dict[str, _Session] = {}

    def client(self, service: str, region: str, account_id: str) -> Client:
        """
        Give the client of *service* in a region of an account.

        Raises:
            ReadRoleMissing: the account lets Panopticon not in.
            ReadThrottled, SecurityGroupError: STS did not answer as it should.
        """
        if account_id == self._own_account_id:
            return self._own(service, region)
        session = self._sessions.get(account_id)
        if session is None or session.expires_at - _NOT_BELOW <= self._clock():
            session = self._sessions[account_id] = self._begin(account_id, region)
        if (service, region) not in session.clients:
            session.clients[service, region] = self._make(session.credentials, service, region)
        return session.clients[service, region]

    def _begin(self, account_id: str, region: str) -> _Session:
        arn = f"arn:{partition(region)}:iam::{account_id}:role/{ROLE}"
        try:
            answer: dict[str, Any] = self._sts().assume_role(RoleArn=arn, RoleSessionName=_SESSION_NAME)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _DENIED:  # AWS does not tell a role that is missing from one that refuses
                raise ReadRoleMissing(code, ROLE) from error
            raise translate(error) from error
        except BotoCoreError as error:
            raise translate(error) from error
        return _Session(answer["Credentials"], answer["Credentials"]["Expiration"], {})
