"""Who made a call."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.changes import Principal, PrincipalKind
from bot.core.errors import MalformedEvent
from bot.core.fields import Fields
from bot.core.identity import permission_set, read_principal

ACCOUNT = "111122223333"


def principal(**identity: Any) -> Principal:
    return read_principal(Fields({"userIdentity": identity}, "detail"))


def session(role: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}",
        "principalId": f"AROAEXAMPLE:{name}",
        "accountId": ACCOUNT,
        "sessionContext": {"sessionIssuer": {"type": "Role", "userName": role, "accountId": ACCOUNT}},
        **more,
    }


@pytest.mark.parametrize(
    ("identity", "kind", "name", "role"),
    [
        pytest.param(
            {"type": "IAMUser", "userName": "alice", "arn": f"arn:aws:iam::{ACCOUNT}:user/ops/alice"},
            PrincipalKind.IAM_USER,
            "alice",
            None,
            id="IAM user",
        ),
        pytest.param(
            {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/ops/alice"},
            PrincipalKind.IAM_USER,
            "alice",
            None,
            id="IAM user by its ARN alone",
        ),
        pytest.param(
            {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "userName": "my-company"},
            PrincipalKind.ROOT,
            "root",
            None,
            id="root, whose user name is the account's alias",
        ),
        pytest.param(
            session("AWSReservedSSO_AdministratorAccess_0123456789abcdef", "carol@example.com"),
            PrincipalKind.ASSUMED_ROLE,
            "carol@example.com",
            "AWSReservedSSO_AdministratorAccess_0123456789abcdef",
            id="SSO session",
        ),
        pytest.param(
            session("ci", "a=b+c.d/e"), PrincipalKind.ASSUMED_ROLE, "a=b+c.d/e", "ci", id="odd session name"
        ),
        pytest.param(
            session("ci", "run-1", sessionContext={"sessionIssuer": {}}),
            PrincipalKind.ASSUMED_ROLE,
            "run-1",
            "ci",
            id="role session without issuer",
        ),
        pytest.param(
            {"type": "AssumedRole", "principalId": "AROAEXAMPLE:run-1"},
            PrincipalKind.ASSUMED_ROLE,
            "run-1",
            None,
            id="role session by its principal id alone",
        ),
        pytest.param(
            {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"userName": "ci"}}},
            PrincipalKind.ASSUMED_ROLE,
            "ci",
            "ci",
            id="role session without a session name",
        ),
        pytest.param(
            {"type": "FederatedUser", "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/frank"},
            PrincipalKind.FEDERATED_USER,
            "frank",
            None,
            id="federated user",
        ),
        pytest.param(
            {"type": "WebIdentityUser", "userName": "grace"},
            PrincipalKind.WEB_IDENTITY,
            "grace",
            None,
            id="web identity",
        ),
        pytest.param(
            {
                "type": "IdentityCenterUser",
                "accountId": ACCOUNT,
                "onBehalfOf": {"userId": "94482488-3041-7005-8a5c-dc0e2ad9b1d1"},
            },
            PrincipalKind.IDENTITY_CENTER,
            "94482488-3041-7005-8a5c-dc0e2ad9b1d1",
            None,
            id="Identity Center user, who has neither ARN nor name",
        ),
        pytest.param(
            {"type": "AWSService", "invokedBy": "elasticmapreduce.amazonaws.com"},
            PrincipalKind.SERVICE,
            "elasticmapreduce.amazonaws.com",
            None,
            id="service",
        ),
        pytest.param(
            {"invokedBy": "ec2.amazonaws.com", "accountId": ACCOUNT},
            PrincipalKind.SERVICE,
            "ec2.amazonaws.com",
            None,
            id="service without a type",
        ),
        pytest.param(
            {"type": "AWSAccount", "accountId": "444455556666", "principalId": "AIDAEXAMPLE"},
            PrincipalKind.ACCOUNT,
            "account 444455556666",
            None,
            id="another account",
        ),
        pytest.param(
            {"type": "SomethingNew", "principalId": "AIDAEXAMPLE"},
            PrincipalKind.UNKNOWN,
            "AIDAEXAMPLE",
            None,
            id="a kind nobody knows",
        ),
        pytest.param({}, PrincipalKind.UNKNOWN, "someone the record does not name", None, id="nobody"),
    ],
)
def test_a_principal_is_named_by_what_people_know(
    identity: dict[str, Any], kind: PrincipalKind, name: str, role: str | None
) -> None:
    read = principal(**identity)
    assert (read.kind, read.name, read.role) == (kind, name, role)


def test_a_role_called_through_a_service_keeps_its_own_name() -> None:
    read = principal(
        **session("stack-deployer", "AWSCloudFormation"), invokedBy="cloudformation.amazonaws.com"
    )
    assert (read.kind, read.role) == (PrincipalKind.ASSUMED_ROLE, "stack-deployer")


def test_the_key_stays_the_same_over_sessions_and_the_session_does_not() -> None:
    first = principal(**session("ci", "run", accessKeyId="ASIAEXAMPLE1"))
    second = principal(**session("ci", "run", accessKeyId="ASIAEXAMPLE2"))
    assert first.key == second.key
    assert first.session != second.session


SSO_ADMIN = "AWSReservedSSO_AdministratorAccess_0123456789abcdef"
SSO_VIEWER = "AWSReservedSSO_ViewOnly_fedcba9876543210"


def made_at(path: str, arn: str = f"arn:aws:iam::{ACCOUNT}:role/", name: str = SSO_ADMIN) -> dict[str, Any]:
    """Write a session of a role with this path."""
    issuer = {"type": "Role", "userName": name, "accountId": ACCOUNT, "arn": f"{arn}{path}"}
    return session(name, "carol@example.com", sessionContext={"sessionIssuer": issuer})


@pytest.mark.parametrize(
    ("one", "other", "label"),
    [
        pytest.param(
            session(SSO_ADMIN, "carol@example.com"),
            session(SSO_VIEWER, "Carol@example.com", accountId="444455556666"),
            "carol@example.com",
            id="a person, by whatever permission set, in whichever account",
        ),
        pytest.param(
            session(SSO_ADMIN, "carol"), session(SSO_ADMIN, "carol"), "carol", id="a person without address"
        ),
        pytest.param(
            session("admin", "carol@example.com", accessKeyId="ASIAEXAMPLE1"),
            session("admin", "Carol@example.com", accessKeyId="ASIAEXAMPLE2"),
            "carol@example.com (role admin)",
            id="a session of one role that is called by an address",
        ),
        pytest.param(
            session("ci", "run-1"), session("ci", "run-2"), "ci", id="a pipeline, in each of its runs"
        ),
        pytest.param(
            {"type": "IAMUser", "userName": "alice", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice"},
            {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice", "accessKeyId": "AKIAEXAMPLE"},
            "alice",
            id="a user, with each of their keys",
        ),
    ],
)
def test_the_same_principal_is_known_again(one: dict[str, Any], other: dict[str, Any], label: str) -> None:
    assert principal(**one).key == principal(**other).key
    assert principal(**one).label == label


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(session(SSO_ADMIN, "carol"), session(SSO_ADMIN, "dave"), id="two people of one role"),
        pytest.param(
            session("ci", "run"), session("cd", "run"), id="two roles whose sessions are called alike"
        ),
        pytest.param(
            session("ci", "run"),
            session("ci", "run", accountId="444455556666"),
            id="one role of two accounts",
        ),
        pytest.param(
            session("admin", "carol@example.com"),
            session("admin", "dave@example.com"),
            id="two addresses by which sessions of one role are called",
        ),
        pytest.param(
            session("admin", "carol@example.com"),
            session("viewer", "carol@example.com"),
            id="two roles whose sessions are called by one address",
        ),
        pytest.param(
            session(SSO_ADMIN, "carol@example.com"),
            session("lambda-exec", "carol@example.com"),
            id="a person, and a session that chose to be called by their address",
        ),
        pytest.param(
            made_at(f"aws-reserved/sso.amazonaws.com/eu-west-1/{SSO_ADMIN}"),
            made_at(SSO_ADMIN),
            id="a person, and a session of a role that is but called like Identity Center's",
        ),
        pytest.param(
            {"type": "AWSService", "invokedBy": "eks.amazonaws.com"},
            {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
            id="two services",
        ),
    ],
)
def test_different_principals_are_told_apart(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert principal(**one).key != principal(**other).key


def test_those_without_arn_and_id_still_have_a_key_and_a_session() -> None:
    read = principal(type="AWSService", invokedBy="ec2.amazonaws.com")
    assert read.key == read.session == "AWS service:ec2.amazonaws.com"


def test_the_account_is_the_issuers_where_the_identity_has_none() -> None:
    read = principal(
        type="AssumedRole", sessionContext={"sessionIssuer": {"accountId": ACCOUNT, "userName": "ci"}}
    )
    assert read.account_id == ACCOUNT


@pytest.mark.parametrize(
    ("identity", "path"),
    [
        ("root", "detail.userIdentity"),
        ({"type": ["Root"]}, "detail.userIdentity.type"),
        ({"arn": {}}, "detail.userIdentity.arn"),
        ({"sessionContext": "x"}, "detail.userIdentity.sessionContext"),
        ({"sessionContext": {"sessionIssuer": 3}}, "detail.userIdentity.sessionContext.sessionIssuer"),
    ],
    ids=repr,
)
def test_an_identity_of_the_wrong_kind_is_named_by_its_path(identity: Any, path: str) -> None:
    with pytest.raises(MalformedEvent) as caught:
        read_principal(Fields({"userIdentity": identity}, "detail"))
    assert caught.value.path == path


def test_a_list_of_old_that_keeps_no_key_goes_by_the_roles_name() -> None:
    assert permission_set(replace(principal(**session(SSO_ADMIN, "carol")), key="")) == "AdministratorAccess"


@pytest.mark.parametrize(
    ("identity", "is_of_identity_center"),
    [
        pytest.param(made_at(f"aws-reserved/sso.amazonaws.com/{SSO_ADMIN}"), True, id="its path"),
        pytest.param(made_at(f"aws-reserved/sso.amazonaws.com/eu-west-1/{SSO_ADMIN}"), True, id="with a region"),
        pytest.param(made_at(f"aws-reserved/sso.amazonaws.com/{SSO_ADMIN}", f"arn:aws-cn:iam::{ACCOUNT}:role/"), True, id="in China"),
        pytest.param(session(SSO_ADMIN, "carol"), True, id="no path told"),
        pytest.param(made_at(SSO_ADMIN), False, id="no path"),
        pytest.param(made_at(f"x/aws-reserved/sso.amazonaws.com/{SSO_ADMIN}"), False, id="within another path"),
        pytest.param(made_at("aws-reserved/sso.amazonaws.com/another"), False, id="of another role"),
        pytest.param(made_at("aws-reserved/sso.amazonaws.com/admin", name="admin"), False, id="by another name"),
    ],
)  # fmt: skip
def test_a_persons_role_lies_where_identity_center_alone_makes_roles(
    identity: dict[str, Any], is_of_identity_center: bool
) -> None:
    read = principal(**identity)
    assert read.key.startswith("person:") is is_of_identity_center
    assert (permission_set(read) is not None) is is_of_identity_center


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("AWSReservedSSO_AdministratorAccess_0123456789abcdef", "AdministratorAccess"),
        ("AWSReservedSSO_Break_Glass_0123456789abcdef", "Break_Glass"),
        ("AWSReservedSSO_AdministratorAccess_0123", None),
        ("MyAWSReservedSSO_Admin_0123456789abcdef", None),
        ("admin", None),
    ],
)
def test_only_identity_centers_own_roles_name_a_permission_set(role: str, name: str | None) -> None:
    assert permission_set(principal(**session(role, "carol"))) == name


@pytest.mark.parametrize(
    ("identity", "has_mfa"),
    [
        pytest.param({"type": "IAMUser", "sessionContext": {"attributes": {"mfaAuthenticated": "false"}}}, False, id="without"),
        pytest.param({"type": "IAMUser", "sessionContext": {"attributes": {"mfaAuthenticated": "true"}}}, True, id="with"),
        pytest.param({"type": "Root", "sessionContext": {"attributes": {"mfaAuthenticated": "true"}}}, True, id="root"),
        pytest.param({"type": "IAMUser", "accessKeyId": "AKIAEXAMPLE"}, None, id="a long-term key has no session"),
        pytest.param(session(SSO_ADMIN, "carol", sessionContext={"attributes": {"mfaAuthenticated": "false"}}), None, id="a role's says nothing"),
    ],
)  # fmt: skip
def test_a_second_factor_is_told_of_users_sessions_alone(
    identity: dict[str, Any], has_mfa: bool | None
) -> None:
    assert principal(**identity).has_mfa is has_mfa
