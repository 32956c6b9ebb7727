"""By what means and from where a call was made, from a CloudTrail record, and what tells it."""

import re

from bot.core.changes import Evidence, Origin, OriginKind
from bot.core.fields import Fields

_MAX_TEXT = 300  # more than any address or host name of AWS needs

_SERVICES = (".amazonaws.com", ".amazonaws.com.cn")
_CLOUDFORMATION = "cloudformation.amazonaws.com"
_CONSOLE_AGENTS = ("signin.amazonaws.com", "console.ec2.amazonaws.com", "console.amazonaws.com", "Mozilla/")
_CLI_AGENTS = ("aws-cli/", "[aws-cli/")
_SDK_AGENT = re.compile(r"\b(Boto3|Botocore|aws-sdk|APN/1)", re.IGNORECASE)

# A service-linked role: the path belongs to AWS, so nobody else can make such a role, and nobody but the service can take it
# on. Its name proves less; and as other paths may hold colons and slashes, this one has to begin right after the account.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
_SERVICE_ROLE = re.compile(
    r"arn:aws[\w-]*:iam::\d{12}:role/aws-service-role/(?P<service>[\w.-]+)/[^/]+", re.ASCII
)


def read_origin(record: Fields) -> Origin:
    """
    Read by what means and from where the call came.

    Services put their host name where the address would be. Of the means, what AWS itself says comes first; a caller
    chooses its own user agent, so what rests on that alone is a hint.
    """
    agent = record.text("userAgent") or ""
    address = record.text("sourceIPAddress")
    identity = record.object("userIdentity")
    issuer = identity.object("sessionContext").object("sessionIssuer")
    service, evidence = identity.text("invokedBy"), Evidence.SERVICE
    if address is not None and address.endswith(_SERVICES):
        service, address = service or address, None
    elif address is not None and address.startswith("AWS Internal"):
        address = None
    if of_role := _SERVICE_ROLE.fullmatch(issuer.text("arn") or ""):
        service, evidence = service or of_role["service"], Evidence.ROLE
    kind: OriginKind | None
    if service and service != "AWS Internal":
        is_stack = service.removesuffix(".cn") == _CLOUDFORMATION
        kind = OriginKind.CLOUDFORMATION if is_stack else OriginKind.SERVICE
    elif (record.text("sessionCredentialFromConsole") or "").lower() == "true":
        kind, evidence = OriginKind.CONSOLE, Evidence.SESSION
    else:
        kind, evidence = _kind_of_agent(agent), Evidence.USER_AGENT
        if kind is OriginKind.TERRAFORM and "terraform" in (issuer.text("userName") or "").lower():
            evidence = Evidence.ROLE
    return Origin(
        kind=kind,
        source_address=address[:_MAX_TEXT] if address else None,
        service=service[:_MAX_TEXT] if service else None,
        evidence=evidence if kind else None,
    )


def _kind_of_agent(agent: str) -> OriginKind | None:
    """
    Tell what a caller says that it is.

    >>> _kind_of_agent("APN/1.0 HashiCorp/1.0 Terraform/1.13.3").value
    'Terraform'
    """
    if agent == _CLOUDFORMATION:
        return OriginKind.CLOUDFORMATION
    if agent.startswith(_CONSOLE_AGENTS):
        return OriginKind.CONSOLE
    if "terraform" in agent.lower():
        return OriginKind.TERRAFORM
    if agent.startswith(_CLI_AGENTS):
        return OriginKind.CLI
    return OriginKind.SDK if _SDK_AGENT.search(agent) else None
