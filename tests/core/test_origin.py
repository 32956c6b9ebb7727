"""By what means and from where a call was made, and what tells it."""

from typing import Any

import pytest

from bot.core.changes import Evidence, Origin, OriginKind
from bot.core.fields import Fields
from bot.core.origin import read_origin
from tests.records import FAKED_PATHS


def origin(invoked_by: str | None = None, issuer: dict[str, str] | None = None, **record: Any) -> Origin:
    identity = {"invokedBy": invoked_by, "sessionContext": {"sessionIssuer": issuer or {}}}
    return read_origin(Fields({**record, "userIdentity": identity}, "detail"))


TERRAFORM_AGENT = "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 (+https://www.terraform.io) aws-sdk-go-v2/1.36.3"


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        pytest.param({"userAgent": "aws-cli/2.27.1 md/awscrt"}, OriginKind.CLI, id="CLI"),
        pytest.param({"userAgent": "[aws-cli/1.16.1 Python/3]"}, OriginKind.CLI, id="CLI of old"),
        pytest.param({"userAgent": TERRAFORM_AGENT}, OriginKind.TERRAFORM, id="Terraform"),
        pytest.param({"userAgent": "Boto3/1.38.2 md/Botocore#1.38.2"}, OriginKind.SDK, id="SDK for Python"),
        pytest.param({"userAgent": "aws-sdk-java/1.11.500"}, OriginKind.SDK, id="SDK for Java"),
        pytest.param({"userAgent": "Mozilla/5.0 (X11)"}, OriginKind.CONSOLE, id="a browser"),
        pytest.param({"userAgent": "console.ec2.amazonaws.com"}, OriginKind.CONSOLE, id="console of old"),
        pytest.param({"userAgent": "signin.amazonaws.com"}, OriginKind.CONSOLE, id="sign-in"),
        pytest.param(
            {"userAgent": "AWS Internal", "sessionCredentialFromConsole": "true"},
            OriginKind.CONSOLE,
            id="the console's flag",
        ),
        pytest.param(
            {"userAgent": "aws-cli/2", "sessionCredentialFromConsole": True},
            OriginKind.CONSOLE,
            id="the flag wins over the agent",
        ),
        pytest.param(
            {"userAgent": "aws-cli/2", "sessionCredentialFromConsole": "false"},
            OriginKind.CLI,
            id="a flag that says no",
        ),
        pytest.param({"userAgent": "AWS Internal"}, None, id="AWS Internal alone"),
        pytest.param({"userAgent": "custom-tool/3"}, None, id="a tool nobody knows"),
        pytest.param({}, None, id="nothing"),
        pytest.param(
            {"invoked_by": "cloudformation.amazonaws.com", "userAgent": "cloudformation.amazonaws.com"},
            OriginKind.CLOUDFORMATION,
            id="CloudFormation",
        ),
        pytest.param(
            {"userAgent": "cloudformation.amazonaws.com"}, OriginKind.CLOUDFORMATION, id="by its agent alone"
        ),
        pytest.param(
            {"invoked_by": "elasticbeanstalk.amazonaws.com"}, OriginKind.SERVICE, id="another service"
        ),
        pytest.param(
            {"sourceIPAddress": "eks.amazonaws.com", "userAgent": "eks.amazonaws.com"},
            OriginKind.SERVICE,
            id="a service by its address",
        ),
        pytest.param(
            {"sourceIPAddress": "ec2.amazonaws.com.cn", "userAgent": "ec2.amazonaws.com.cn"},
            OriginKind.SERVICE,
            id="a service in China",
        ),
        pytest.param(
            {"invoked_by": "cloudformation.amazonaws.com.cn"},
            OriginKind.CLOUDFORMATION,
            id="CloudFormation in China",
        ),
        pytest.param(
            {"invoked_by": "AWS Internal", "sessionCredentialFromConsole": "true"},
            OriginKind.CONSOLE,
            id="the console calls inside AWS",
        ),
    ],
)
def test_the_means_of_a_call_are_told_as_far_as_the_record_does(
    record: dict[str, Any], kind: OriginKind | None
) -> None:
    assert origin(**record).kind is kind


@pytest.mark.parametrize(
    ("told", "address", "service"),
    [
        ("203.0.113.7", "203.0.113.7", None),
        ("2001:db8::7", "2001:db8::7", None),
        ("eks.amazonaws.com", None, "eks.amazonaws.com"),
        ("ec2.amazonaws.com.cn", None, "ec2.amazonaws.com.cn"),
        ("AWS Internal", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_service_in_place_of_the_address_is_no_address(
    told: str | None, address: str | None, service: str | None
) -> None:
    read = origin(sourceIPAddress=told)
    assert (read.source_address, read.service) == (address, service)


SERVICE_ROLE = "arn:aws:iam::111122223333:role/aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing"


@pytest.mark.parametrize(
    ("record", "evidence"),
    [
        pytest.param({"sessionCredentialFromConsole": "true"}, Evidence.SESSION, id="the console's flag"),
        pytest.param({"userAgent": "console.ec2.amazonaws.com"}, Evidence.USER_AGENT, id="what says that it is the console"),
        pytest.param({"userAgent": TERRAFORM_AGENT}, Evidence.USER_AGENT, id="what says that it is Terraform"),
        pytest.param(
            {"userAgent": TERRAFORM_AGENT, "issuer": {"userName": "ci-terraform-apply"}}, Evidence.ROLE, id="by a role that is called so"
        ),
        pytest.param({"userAgent": "aws-cli/2", "issuer": {"userName": "ci-terraform-apply"}}, Evidence.USER_AGENT, id="the CLI, by that role"),
        pytest.param({"invoked_by": "cloudformation.amazonaws.com"}, Evidence.SERVICE, id="CloudFormation"),
        pytest.param({"userAgent": "cloudformation.amazonaws.com"}, Evidence.USER_AGENT, id="what says that it is CloudFormation"),
        pytest.param({"sourceIPAddress": "eks.amazonaws.com"}, Evidence.SERVICE, id="a service's address"),
        pytest.param({"issuer": {"arn": SERVICE_ROLE}}, Evidence.ROLE, id="a role that only a service has"),
        pytest.param(
            {"issuer": {"arn": SERVICE_ROLE}, "invoked_by": "autoscaling.amazonaws.com"}, Evidence.ROLE, id="such a role, called by a service"
        ),
        pytest.param({"userAgent": "custom-tool/3"}, None, id="no means, no evidence"),
    ],
)  # fmt: skip
def test_what_tells_the_means_is_kept_with_them(record: dict[str, Any], evidence: Evidence | None) -> None:
    assert origin(**record).evidence is evidence


def test_a_services_own_role_names_the_service() -> None:
    read = origin(issuer={"arn": SERVICE_ROLE}, sourceIPAddress="198.51.100.20")
    assert (read.kind, read.service) == (OriginKind.SERVICE, "elasticloadbalancing.amazonaws.com")


@pytest.mark.parametrize("path", FAKED_PATHS)
def test_a_role_that_is_only_called_like_a_services_is_anybodys(path: str) -> None:
    arn = f"arn:aws:iam::111122223333:role{path}AWSServiceRoleForElasticLoadBalancing"
    read = origin(issuer={"arn": arn, "userName": "AWSServiceRoleForElasticLoadBalancing"})
    assert (read.kind, read.service) == (None, None)
