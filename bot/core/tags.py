"""Tags by which tools mark what they manage."""

import re

# Keys are compared without regard to case and to what separates words. CloudFormation's own cannot be taken away by hand,
# but a stack that lets go of a group does.
_MARKS = ("awscloudformation", "awscdk", "terraform", "pulumi")
_MANAGED_BY = "managedby"  # a team, or a person, may manage a group too
_TOOLS = frozenset(
    [
        "terraform",
        "terragrunt",
        "opentofu",
        "tofu",
        "pulumi",
        "cloudformation",
        "cdk",
        "serverless",
        "crossplane",
        "ansible",
        "iac",
    ]
)
_NO = frozenset(("false", "no", "none", "off", "0"))


def marks_as_code(key: str, value: str | None = None) -> bool:
    """
    Tell whether a tag called *key* says that its group is managed by code; *value* is None where nobody tells it.

    >>> [marks_as_code(key) for key in ("ManagedBy", "managed-by", "aws:cloudformation:stack-name", "Name")]
    [True, True, True, False]
    >>> marks_as_code("ManagedBy", "Terraform Cloud"), marks_as_code("ManagedBy", "platform-team")
    (True, False)
    """
    letters = re.sub(r"[^a-z]", "", key.lower())
    if says_no(value):
        return False
    if letters.startswith(_MANAGED_BY):
        return value is None or not _TOOLS.isdisjoint(re.findall("[a-z]+", value.lower()))
    return letters == "iac" or letters.startswith(_MARKS)


def says_no(value: str | None) -> bool:
    """
    Tell whether the *value* of a tag denies what its key says.

    >>> says_no("False"), says_no("payments-network"), says_no(None)
    (True, False, False)
    """
    return value is not None and value.strip().lower() in _NO
