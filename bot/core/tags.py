"""Tags by which tools mark what they manage."""

import re

# Keys are compared without regard to case and to what separates words. CloudFormation's own cannot be taken away by hand,
# but a stack that lets go of a group does.
_MARKS = ("awscloudformation", "awscdk", "terraform", "pulumi", "managedby")


def marks_as_code(key: str) -> bool:
    """
    Tell whether a tag called *key* says that its group is managed by code.

    >>> [marks_as_code(key) for key in ("ManagedBy", "managed-by", "aws:cloudformation:stack-name", "Name")]
    [True, True, True, False]
    """
    letters = re.sub(r"[^a-z]", "", key.lower())
    return letters == "iac" or letters.startswith(_MARKS)
