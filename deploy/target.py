"""What is deployed where: one stage of Panopticon in one region."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from deploy.errors import DeployError

SERVICE = "panopticon"

# As osls wants it, in a length that leaves room in the functions' names, of which Lambda takes 64 characters.
_STAGE = re.compile(r"[a-zA-Z][a-zA-Z0-9-]{0,30}")


@dataclass(frozen=True, slots=True)
class Target:
    """
    A deployment: its *stage*, its *region*, and the parameters of serverless.yml that were given for it.

    *region* is None until the credentials' own configuration has been asked.
    """

    stage: str
    region: str | None = None
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def stack_name(self) -> str:
        """What the stack is called."""
        return f"{SERVICE}-{self.stage}"


def read_target(stage: str, region: str | None, given: list[str]) -> Target:
    """
    Read what the command line says.

    >>> read_target("prod", "eu-west-1", ["historyDays=90"]).parameters["historyDays"]
    '90'

    Raises:
        DeployError: the stage cannot be one, or a parameter is not given as name=value.
    """
    if not _STAGE.fullmatch(stage):
        raise DeployError(
            f"{stage!r} cannot be a stage: letters, digits and hyphens, a letter first. Say STAGE=prod."
        )
    parameters = {}
    for entry in given:
        name, equals, value = entry.partition("=")
        if not equals or not name.isidentifier():
            raise DeployError(f'{entry!r} is not a parameter: say PARAMS="historyDays=90 logLevel=DEBUG".')
        parameters[name] = value
    return Target(stage, region or None, MappingProxyType(parameters))
