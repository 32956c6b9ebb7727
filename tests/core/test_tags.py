"""Tags that say which code manages a group."""

import pytest

from bot.core.tags import marks_as_code


@pytest.mark.parametrize(
    "key",
    [
        "managed-by",
        "ManagedBy",
        "managed_by",
        "Managed By",
        "MANAGEDBY",
        "managed-by-team",
        "terraform",
        "Terraform:workspace",
        "aws:cloudformation:stack-name",
        "aws:cdk:path",
        "pulumi:project",
        "IaC",
    ],
)
def test_a_mark_is_known_however_it_is_spelled(key: str) -> None:
    assert marks_as_code(key)


@pytest.mark.parametrize(
    ("key", "value", "is_mark"),
    [
        ("ManagedBy", "terraform", True),
        ("managed-by", "Terraform Cloud", True),
        ("managed_by", "aws-cdk", True),
        ("ManagedBy", "platform-team", False),
        ("ManagedBy", "", False),
        ("ManagedBy", None, True),
        ("Terraform", "true", True),
        ("Terraform", "False ", False),
        ("iac", "no", False),
        ("terraform:workspace", "0", False),
        ("aws:cloudformation:stack-name", "net", True),
    ],
)
def test_the_value_of_a_mark_may_say_otherwise(key: str, value: str | None, is_mark: bool) -> None:
    assert marks_as_code(key, value) is is_mark


@pytest.mark.parametrize(
    "key",
    ["", "Name", "team", "manager", "managed", "not-managed-by", "aws:autoscaling:groupName", "-_-", "é"],
)
def test_any_other_tag_says_nothing_of_code(key: str) -> None:
    assert not marks_as_code(key)
