"""The deployed stack, as CloudFormation tells of it."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from deploy.account import Client, aws_words
from deploy.errors import DeployError, StackMissing
from deploy.target import Target


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that is there: its outputs, and the values of its parameters."""

    name: str
    status: str
    outputs: dict[str, str]
    parameters: dict[str, str]

    def output(self, name: str) -> str:
        """
        Give an output.

        Raises:
            DeployError: it has none of this name: it is not Panopticon, or an older one.
        """
        if name not in self.outputs:
            raise DeployError(
                f"The stack {self.name} does not say its {name}. Run `make deploy` to renew it."
            )
        return self.outputs[name]


def find_stack(cloudformation: Client, target: Target) -> Stack | None:
    """
    Look for the stack; None where nothing is deployed.

    Raises:
        DeployError: AWS did not say.
    """
    name = target.stack_name
    with aws_words(f"look for the stack {name} (cloudformation:DescribeStacks)"):
        try:
            (found,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if "does not exist" in error.response["Error"].get("Message", ""):
                return None
            raise
    if found["StackStatus"] == "DELETE_COMPLETE":
        return None
    return Stack(
        name=name,
        status=found["StackStatus"],
        outputs=_pairs(found.get("Outputs", ()), "Output"),
        parameters=_pairs(found.get("Parameters", ()), "Parameter"),
    )


def need_stack(cloudformation: Client, target: Target) -> Stack:
    """
    Give the stack, which has to be there and at rest.

    Raises:
        StackMissing: it is not there.
        DeployError: it is being changed, or its last change failed.
    """
    stack = find_stack(cloudformation, target)
    if stack is None:
        raise StackMissing(
            f"There is no stack {target.stack_name} in this account and region. Run `make deploy` first, "
            "or say which one: STAGE=… REGION=…"
        )
    if stack.status.endswith("_IN_PROGRESS"):
        raise DeployError(f"{stack.name} is being changed just now ({stack.status}). Try again in a minute.")
    if stack.status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"):
        raise DeployError(
            f"{stack.name} is not usable ({stack.status}): its making or removal failed. The events of the stack in the "
            "CloudFormation console say why. Then `make remove`, and `make deploy`."
        )
    return stack


def _pairs(entries: Any, kind: str) -> dict[str, str]:
    return {entry[f"{kind}Key"]: entry[f"{kind}Value"] for entry in entries}
