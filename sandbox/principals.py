"""Who calls EC2 in the sandbox: user identities as CloudTrail writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.aws import ACCOUNT_ID

_BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
_CLI = "aws-cli/2.31.3 md/awscrt#0.27.6 ua/2.1 os/linux#6.8 lang/python#3.13.7 md/prompt#off command#ec2"
_SDK = "Boto3/1.40.21 md/Botocore#1.40.21 ua/2.1 os/linux#6.8 lang/python#3.13.7"
_TERRAFORM = (
    "APN/1.0 HashiCorp/1.0 Terraform/1.13.3 (+https://www.terraform.io) "
    "terraform-provider-aws/6.14.0 (+https://registry.terraform.io/providers/hashicorp/aws)"
)


@dataclass(frozen=True, slots=True)
class Principal:
    """
    One who calls EC2, and how.

    `identity` is CloudTrail's userIdentity. With `denied` EC2 refuses every change for want of permission; moto itself
    asks nobody for permission.
    """

    identity: Mapping[str, Any]
    source_ip: str
    user_agent: str
    from_console: bool = False
    denied: bool = False


def role_session(role: str, session: str, access_key_id: str, account_id: str = ACCOUNT_ID) -> dict[str, Any]:
    """Write the identity of an assumed role."""
    role_id = (
        "AROA" + "".join(letter for letter in role.upper() if letter.isalpha())[:13].ljust(13, "X") + "ROLE"
    )
    path = "aws-reserved/sso.amazonaws.com/ap-northeast-2/" if role.startswith("AWSReservedSSO_") else ""
    return {
        "type": "AssumedRole",
        "principalId": f"{role_id}:{session}",
        "arn": f"arn:aws:sts::{account_id}:assumed-role/{role}/{session}",
        "accountId": account_id,
        "accessKeyId": access_key_id,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id,
                "arn": f"arn:aws:iam::{account_id}:role/{path}{role}",
                "accountId": account_id,
                "userName": role,
            },
            "attributes": {"creationDate": "2026-11-23T08:12:40Z", "mfaAuthenticated": "false"},
        },
    }


def service_role(service: str, role: str) -> dict[str, Any]:
    """Write the identity of the role that only one service of AWS takes on."""
    identity = role_session(role, service.partition(".")[0], "ASIAEXAMPLESERVICE01")
    issuer = identity["sessionContext"]["sessionIssuer"]
    issuer["arn"] = f"arn:aws:iam::{ACCOUNT_ID}:role/aws-service-role/{service}/{role}"
    return identity | {"invokedBy": service}


def iam_user(name: str, access_key_id: str) -> dict[str, Any]:
    """Write the identity of an IAM user."""
    return {
        "type": "IAMUser",
        "principalId": "AIDAEXAMPLEUSER000001",
        "arn": f"arn:aws:iam::{ACCOUNT_ID}:user/{name}",
        "accountId": ACCOUNT_ID,
        "accessKeyId": access_key_id,
        "userName": name,
    }


def console_user(name: str) -> dict[str, Any]:
    """Write the identity of an IAM user who signed in to the console with a password alone."""
    attributes = {"creationDate": "2026-11-23T08:12:40Z", "mfaAuthenticated": "false"}
    return iam_user(name, "ASIAEXAMPLEUSER00001") | {"sessionContext": {"attributes": attributes}}


def root() -> dict[str, Any]:
    """Write the identity of the account's root user, which has no user name."""
    return {
        "type": "Root",
        "principalId": ACCOUNT_ID,
        "arn": f"arn:aws:iam::{ACCOUNT_ID}:root",
        "accountId": ACCOUNT_ID,
        "accessKeyId": "ASIAEXAMPLEROOT00001",
        "sessionContext": {
            "attributes": {"creationDate": "2026-11-23T08:12:40Z", "mfaAuthenticated": "true"}
        },
    }


ALICE = Principal(
    role_session(
        "AWSReservedSSO_AdministratorAccess_0123456789abcdef", "alice@example.com", "ASIAEXAMPLEALICE0001"
    ),
    "203.0.113.7",
    _BROWSER,
    from_console=True,
)
BOB = Principal(
    role_session("AWSReservedSSO_ReadOnlyAccess_fedcba9876543210", "bob@example.com", "ASIAEXAMPLEBOB000001"),
    "198.51.100.44",
    _BROWSER,
    from_console=True,
    denied=True,
)
ERIN = Principal(iam_user("erin", "AKIAEXAMPLEERIN00001"), "192.0.2.15", _CLI)
ROOT = Principal(root(), "203.0.113.90", _BROWSER, from_console=True)
TERRAFORM = Principal(
    role_session("ci-terraform-apply", "ci-terraform", "ASIAEXAMPLETERRAFORM"), "192.0.2.200", _TERRAFORM
)
DANA = Principal(console_user("dana"), "198.51.100.61", _BROWSER, from_console=True)
FRANK = Principal(iam_user("frank", "AKIAEXAMPLEFRANK0001"), "192.0.2.77", _CLI)
STRANGER = Principal(
    role_session("deployer", "deploy-7", "ASIAEXAMPLESTRANGER1", "999988887777"), "198.51.100.200", _SDK
)
CALLED_ALICE = Principal(
    role_session("lambda-exec", "alice@example.com", "ASIAEXAMPLEMALLORY02"), "198.51.100.77", _SDK
)
PRETENDER = Principal(iam_user("mallory", "AKIAEXAMPLEMALLORY01"), "198.51.100.99", _TERRAFORM)
THROUGH_CLOUDFORMATION = Principal(
    role_session(
        "AWSReservedSSO_AdministratorAccess_0123456789abcdef", "alice@example.com", "ASIAEXAMPLEALICE0001"
    )
    | {"invokedBy": "cloudformation.amazonaws.com"},
    "cloudformation.amazonaws.com",
    "cloudformation.amazonaws.com",
)
BALANCER = Principal(
    service_role("elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing"),
    "elasticloadbalancing.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
)
