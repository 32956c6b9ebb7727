"""The way to AWS, and what is said when it is closed."""

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from deploy.account import Account, aws_words
from deploy.errors import DeployError
from sandbox.aws import ACCOUNT_ID, REGION


def refusal(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Call")


def test_it_says_who_one_is(account: Account) -> None:
    assert account.region == REGION
    identity = account.identity()
    assert identity.account_id == ACCOUNT_ID
    assert identity.arn.startswith("arn:aws:")


def test_a_region_that_is_given_counts_more_than_the_configured_one(account: Account) -> None:
    assert Account("eu-west-1").region == "eu-west-1"


def test_no_region_is_said(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(DeployError, match="REGION=eu-west-1"):
        Account()


def test_no_credentials_are_said(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    with pytest.raises(DeployError, match=r"No AWS credentials were found\. Sign in"):
        Account().identity()


def test_a_profile_that_is_not_there_is_said(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "absent")
    with pytest.raises(DeployError, match="absent"):
        Account()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(NoCredentialsError(), "No AWS credentials were found", id="none"),
        pytest.param(
            PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), "incomplete", id="half"
        ),
        pytest.param(UnauthorizedSSOTokenError(), "sign-in to AWS is over", id="single sign-on"),
        pytest.param(
            TokenRetrievalError(provider="sso", error_msg="expired"), "sign-in to AWS is over", id="token"
        ),
        pytest.param(refusal("ExpiredToken"), "has expired. Sign in", id="expired"),
        pytest.param(refusal("InvalidClientTokenId"), "does not take these credentials", id="wrong keys"),
        pytest.param(
            refusal("AccessDenied", "User: bob is not authorized to perform: x:Call"),
            "Could not call: you may not. AWS says: User: bob is not authorized to perform: x:Call",
            id="denied",
        ),
        pytest.param(refusal("Odd", "a reason"), "Could not call. AWS says Odd: a reason", id="anything"),
        pytest.param(
            EndpointConnectionError(endpoint_url="https://sts.mars-1.amazonaws.com"),
            "AWS was not reached",
            id="not reached",
        ),
    ],
)
def test_what_aws_or_its_library_says_becomes_words(error: Exception, words: str) -> None:
    with pytest.raises(DeployError) as caught, aws_words("call"):
        raise error
    assert words in str(caught.value)


def test_a_mistake_of_our_own_is_not_dressed_up() -> None:
    with pytest.raises(KeyError), aws_words("call"):
        raise KeyError("x")
