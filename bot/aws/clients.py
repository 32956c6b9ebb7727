"""AWS clients, each made when it is first needed; those of botocore from one shared session."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from bot.aws.json_client import make_client

Client = Any  # botocore makes a client's methods from its service model at run time

# A person waits for an answer, three seconds at most, and DynamoDB, SQS and SSM take milliseconds; reading a group of a
# thousand rules from EC2 takes longer, and nobody's click waits for it.
_CONNECT_TIMEOUT_SECONDS = 1
_READ_TIMEOUT_SECONDS = {"ec2": 10}
_USUAL_READ_TIMEOUT_SECONDS = 2
_ATTEMPTS = {"ec2": 4}
_USUAL_ATTEMPTS = 2


@cache
def client(service: str, region: str | None = None) -> Client:
    """Make botocore's client of *service* ("ec2") in *region*, None for the function's own, once."""
    return client_with({}, service, region)


def light_client(service: str, environment: Mapping[str, str]) -> Client:
    """Make a client that imports next to nothing, where one is enough for *service* and what *environment* says of AWS."""
    light = make_client(
        service,
        environment,
        connect_timeout=_CONNECT_TIMEOUT_SECONDS,
        read_timeout=_READ_TIMEOUT_SECONDS.get(service, _USUAL_READ_TIMEOUT_SECONDS),
        attempts=_ATTEMPTS.get(service, _USUAL_ATTEMPTS),
    )
    return light or client(service)


def client_with(credentials: Mapping[str, str], service: str, region: str | None) -> Client:
    """
    Make a client that uses *credentials*, named as STS names them; the function's own where there are none.

    botocore is imported here and not at the top: what does not call AWS does not pay for it.
    """
    from botocore.config import Config

    config = Config(
        connect_timeout=_CONNECT_TIMEOUT_SECONDS,
        read_timeout=_READ_TIMEOUT_SECONDS.get(service, _USUAL_READ_TIMEOUT_SECONDS),
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS.get(service, _USUAL_ATTEMPTS)},
    )
    return _session().create_client(
        service,
        region_name=region,
        config=config,
        aws_access_key_id=credentials.get("AccessKeyId"),
        aws_secret_access_key=credentials.get("SecretAccessKey"),
        aws_session_token=credentials.get("SessionToken"),
    )


def partition(region: str) -> str:
    """Name the part of AWS that *region* is in: "aws", or that of China or of a government."""
    name: str = _session().get_partition_for_region(region)
    return name


@cache
def _session() -> Any:
    from botocore.session import get_session

    return get_session()
