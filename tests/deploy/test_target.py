"""What the command line says is deployed."""

import pytest

from deploy.errors import DeployError
from deploy.target import read_target


def test_a_stage_gives_the_stack_its_name() -> None:
    assert read_target("prod", "eu-west-1", []).stack_name == "panopticon-prod"


def test_a_value_may_hold_an_equals_sign() -> None:
    target = read_target("prod", None, ["ssoPortal=https://x.example/start?a=b", "trail=region"])
    assert target.parameters == {"ssoPortal": "https://x.example/start?a=b", "trail": "region"}


@pytest.mark.parametrize("region", ["", None])
def test_without_a_region_the_configuration_is_asked_later(region: str | None) -> None:
    assert read_target("prod", region, []).region is None


@pytest.mark.parametrize("stage", ["", "1st", "a b", "x" * 40, "a;b", "--all"])
def test_what_cannot_be_a_stage_is_refused(stage: str) -> None:
    with pytest.raises(DeployError, match="STAGE=prod"):
        read_target(stage, None, [])


@pytest.mark.parametrize("entry", ["historyDays", "=90", "a b=1", "--force=1"])
def test_what_is_no_parameter_is_refused(entry: str) -> None:
    with pytest.raises(DeployError, match="historyDays=90"):
        read_target("prod", None, [entry])
