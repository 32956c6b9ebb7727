"""The AWS account that is deployed to: its clients, and the words for what goes wrong on the way to them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own, of which those below are kinds
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from deploy.errors import DeployError

Client = Any  # botocore makes a client's methods from its service model at run time

_PATIENCE = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4})

_SIGN_IN = "Sign in (aws sso login, or aws configure), or name a profile: AWS_PROFILE=name make …"
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_WRONG_KEYS = frozenset(
    {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"}
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Who deploys: the account, and the caller's ARN."""

    account_id: str
    arn: str


class Account:
    """The account and region that the credentials of this shell lead to."""

    def __init__(self, region: str | None = None) -> None:
        """
        Find credentials and region as the AWS CLI does.

        Raises:
            DeployError: there is no such profile, or no region.
        """
        with aws_words("read the AWS configuration"):
            self._session: Any = boto3.session.Session(region_name=region)
        found = self._session.region_name
        if not found:
            raise DeployError("No AWS region is set. Say which one to watch: make … REGION=eu-west-1")
        self.region: str = found
        self._clients: dict[str, Client] = {}

    def client(self, service: str) -> Client:
        """Give the client of *service* in this region."""
        if service not in self._clients:
            with aws_words(f"use {service}"):
                self._clients[service] = self._session.client(service, config=_PATIENCE)
        return self._clients[service]

    def identity(self) -> Identity:
        """
        Ask AWS who we are.

        Raises:
            DeployError: there are no credentials, or AWS does not take them.
        """
        with aws_words("ask AWS who you are (sts:GetCallerIdentity)"):
            answer: Mapping[str, Any] = self.client("sts").get_caller_identity()
        return Identity(answer["Account"], answer["Arn"])


@contextmanager
def aws_words(action: str) -> Iterator[None]:
    """
    Turn what botocore raises into words; *action* completes "could not …".

    Raises:
        DeployError: AWS refused, or was not reached.
    """
    try:
        yield
    except NoCredentialsError:
        raise DeployError(f"No AWS credentials were found. {_SIGN_IN}") from None
    except PartialCredentialsError as error:
        raise DeployError(f"The AWS credentials are incomplete: {error}. {_SIGN_IN}") from error
    except ProfileNotFound as error:
        raise DeployError(f"{error}. AWS_PROFILE names a profile of ~/.aws/config.") from error
    except (SSOError, TokenRetrievalError) as error:
        raise DeployError(f"The sign-in to AWS is over: {error}. {_SIGN_IN}") from error
    except ConnectionError as error:
        raise DeployError(
            f"Could not {action}: AWS was not reached ({error}). Is the region right?"
        ) from error
    except BotoCoreError as error:
        raise DeployError(f"Could not {action}: {error}") from error
    except ClientError as error:
        raise DeployError(_refusal(action, error)) from error


def _refusal(action: str, error: ClientError) -> str:
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code in _EXPIRED:
        return f"The sign-in to AWS has expired. {_SIGN_IN}"
    if code in _WRONG_KEYS:
        return f"AWS does not take these credentials ({code}). {_SIGN_IN}"
    if code in _DENIED:
        return f"Could not {action}: you may not. AWS says: {message}"
    return f"Could not {action}. AWS says {code}: {message}"
