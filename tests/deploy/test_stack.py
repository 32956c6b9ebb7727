"""The stack, as CloudFormation tells of it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from deploy.account import Account
from deploy.errors import DeployError, StackMissing
from deploy.stack import find_stack, need_stack
from tests.deploy.conftest import FUNCTION_URL, TARGET, MakeStack


class CloudFormation:
    """Describes one stack of this status, or raises."""

    def __init__(self, answer: str | Exception) -> None:
        self.answer = answer

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803 - CloudFormation's own name
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"Stacks": [{"StackName": StackName, "StackStatus": self.answer}]}


def test_it_has_outputs_and_parameters(make_stack: MakeStack) -> None:
    stack = make_stack(Trail="region")
    assert (stack.name, stack.status) == ("panopticon-prod", "CREATE_COMPLETE")
    assert stack.output("FunctionUrl") == FUNCTION_URL
    assert stack.parameters["Trail"] == "region"


def test_one_that_is_not_there_is_none_or_said(account: Account) -> None:
    assert find_stack(account.client("cloudformation"), TARGET) is None
    with pytest.raises(StackMissing, match="`make deploy` first"):
        need_stack(account.client("cloudformation"), TARGET)


def test_one_that_was_deleted_is_not_there(make_stack: MakeStack, account: Account) -> None:
    make_stack()
    account.client("cloudformation").delete_stack(StackName=TARGET.stack_name)
    assert find_stack(account.client("cloudformation"), TARGET) is None
    assert find_stack(CloudFormation("DELETE_COMPLETE"), TARGET) is None


def test_an_output_that_it_lacks_is_said(make_stack: MakeStack) -> None:
    with pytest.raises(DeployError, match=r"does not say its Absent\. Run `make deploy`"):
        make_stack().output("Absent")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("UPDATE_IN_PROGRESS", "is being changed just now"),
        ("ROLLBACK_COMPLETE", "`make remove`, and `make deploy`"),
        ("DELETE_FAILED", "is not usable"),
    ],
)
def test_one_that_is_not_at_rest_is_said(status: str, words: str) -> None:
    with pytest.raises(DeployError, match=words):
        need_stack(CloudFormation(status), TARGET)


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_one_whose_last_update_was_taken_back_is_used_as_it_was(status: str) -> None:
    assert need_stack(CloudFormation(status), TARGET).status == status


def test_a_refusal_is_not_an_absence() -> None:
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "DescribeStacks")
    with pytest.raises(DeployError, match="you may not"):
        find_stack(CloudFormation(denied), TARGET)
