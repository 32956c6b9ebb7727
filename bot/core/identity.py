"""Who made a call, from a CloudTrail record."""

import re

from bot.core.changes import PERSON, ROLE, SESSION, Principal, PrincipalKind
from bot.core.fields import Fields

# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
_KINDS = {
    "Root": PrincipalKind.ROOT,
    "IAMUser": PrincipalKind.IAM_USER,
    "AssumedRole": PrincipalKind.ASSUMED_ROLE,
    "Role": PrincipalKind.ASSUMED_ROLE,
    "FederatedUser": PrincipalKind.FEDERATED_USER,
    "SAMLUser": PrincipalKind.WEB_IDENTITY,
    "WebIdentityUser": PrincipalKind.WEB_IDENTITY,
    "IdentityCenterUser": PrincipalKind.IDENTITY_CENTER,
    "AWSService": PrincipalKind.SERVICE,
    "AWSAccount": PrincipalKind.ACCOUNT,
}

# Roles that IAM Identity Center makes: AWSReservedSSO_<permission set>_<16 hex digits>.
_SSO_ROLE = re.compile(r"AWSReservedSSO_(?P<permission_set>.+)_[0-9a-f]{16}")

# Their path belongs to AWS, so nobody else can make one there; any role may be called like them. Other paths may hold colons and
# slashes, so that this one has to begin right after the account.
# https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
_SSO_PATH = re.compile(
    r"arn:aws[\w-]*:iam::\d{12}:role/aws-reserved/sso\.amazonaws\.com(?:\.cn)?/(?:[\w-]+/)?(?P<role>[^/]+)",
    re.ASCII,
)

_MAX_TEXT = 300  # more than any name, ARN or address of AWS needs; what is longer is not AWS's


def read_principal(record: Fields) -> Principal:
    """
    Read who called, by the best name that the record gives.

    Roots and role sessions have no user name: a session's is the tail of its ARN, which may itself hold "/".
    """
    identity = record.object("userIdentity")
    kind = _KINDS.get(identity.text("type") or "", PrincipalKind.UNKNOWN)
    arn = identity.text("arn")
    context = identity.object("sessionContext")
    issuer = context.object("sessionIssuer")
    service = identity.text("invokedBy")
    account_id = identity.text("accountId") or issuer.text("accountId")
    principal_id = identity.text("principalId")
    session_name = role = None
    if kind is PrincipalKind.UNKNOWN and service:
        kind = PrincipalKind.SERVICE
    if kind is PrincipalKind.ASSUMED_ROLE:
        role, session_name = _role_and_session(arn)
        role = issuer.text("userName") or role
        if session_name is None and principal_id and ":" in principal_id:
            session_name = principal_id.split(":", 1)[1]
    name = (
        ("root" if kind is PrincipalKind.ROOT else None)
        or session_name
        or (service if kind is PrincipalKind.SERVICE else None)
        or identity.text("userName")
        or role
        or (_tail(arn) if arn else None)
        or identity.object("onBehalfOf").text("userId")
        or (f"account {account_id}" if account_id else None)
        or service
        or principal_id
        or "someone the record does not name"
    )
    return Principal(
        kind=kind,
        name=name[:_MAX_TEXT],
        account_id=account_id[:_MAX_TEXT] if account_id else None,
        role=role[:_MAX_TEXT] if role else None,
        key=_stable_key(kind, name, role, account_id, arn or principal_id, issuer.text("arn"))[:_MAX_TEXT],
        session=(identity.text("accessKeyId") or arn or principal_id or f"{kind}:{name}")[:_MAX_TEXT],
        has_mfa=_has_mfa(kind, context),
    )


def _has_mfa(kind: PrincipalKind, context: Fields) -> bool | None:
    """
    Read whether the session was begun with a second factor; None where the record cannot tell.

    A user's long-term key has no session. A role's says "false" also of people whose identity provider asked for a second
    factor, so that it proves nothing.
    """
    if kind not in (PrincipalKind.IAM_USER, PrincipalKind.ROOT):
        return None
    said = context.object("attributes").text("mfaAuthenticated")
    return {"true": True, "false": False}.get((said or "").lower())


def _stable_key(
    kind: PrincipalKind,
    name: str,
    role: str | None,
    account_id: str | None,
    identifier: str | None,
    issuer_arn: str | None,
) -> str:
    """
    Name a principal so that its next session is known as the same.

    Behind an Identity Center role stands the person, in whichever account. Who takes on any other role calls the session as
    they like: one that is called by an e-mail address is told apart within its role, and is nobody beyond it. Other sessions
    of a role are one principal, as pipelines name each run anew.
    """
    if kind is PrincipalKind.ASSUMED_ROLE and role:
        if _SSO_ROLE.fullmatch(role) and _is_of_identity_center(role, issuer_arn):
            return f"{PERSON}{name.lower()}"
        if "@" in name:
            return f"{SESSION}{account_id}:{role}:{name.lower()}"
        return f"{ROLE}{account_id}:{role}"
    return identifier or f"{kind}:{name}"


def _is_of_identity_center(role: str, issuer_arn: str | None) -> bool:
    """Tell whether *role* lies where Identity Center makes its own; older records have no ARN of it, and are believed."""
    path = _SSO_PATH.fullmatch(issuer_arn or "")
    return not issuer_arn or (path is not None and path["role"] == role)


def permission_set(principal: Principal) -> str | None:
    """Name the Identity Center permission set by which *principal* acts; None for one whose name anybody may choose."""
    is_person = principal.key.startswith(PERSON) or not principal.key  # lists of old keep no key
    match = _SSO_ROLE.fullmatch(principal.role) if principal.role and is_person else None
    return match["permission_set"] if match else None


def _role_and_session(arn: str | None) -> tuple[str | None, str | None]:
    """Split arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION."""
    parts = (arn or "").split(":", 5)
    if len(parts) == 6 and parts[5].startswith("assumed-role/"):
        role, _, session = parts[5].removeprefix("assumed-role/").partition("/")
        return role or None, session or None
    return None, None


def _tail(arn: str) -> str:
    return arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
