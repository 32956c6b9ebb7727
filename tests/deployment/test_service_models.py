"""What the artifact knows of AWS is what the functions call, and all of it."""

import ast
import gzip
import json
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore import xform_name
from botocore.loaders import Loader

from scripts.service_models import OPERATIONS, trim_model
from tests.deployment.conftest import ROOT
from tests.deployment.templates import grants

BOTO_DATA = Path(botocore.__file__).parent / "data"


def whole_model(service: str) -> dict[str, Any]:
    folder = max((BOTO_DATA / service).iterdir())
    model: dict[str, Any] = json.loads(gzip.decompress((folder / "service-2.json.gz").read_bytes()))
    return model


def names_in(source: str) -> set[str]:
    """Collect what a module calls methods, and what stands in it as text: paginators and the table name calls so."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(attr=name) | ast.Constant(value=str(name)):
                found.add(name)
    return found


@pytest.fixture(scope="module")
def used() -> set[str]:
    return {name for path in ROOT.glob("bot/**/*.py") for name in names_in(path.read_text())}


@pytest.mark.parametrize("service", OPERATIONS)
def test_each_operation_that_the_bot_names_is_kept_and_no_other(service: str, used: set[str]) -> None:
    named = {name for name in whole_model(service)["operations"] if xform_name(name) in used}
    assert named == set(OPERATIONS[service])


@pytest.mark.parametrize("service", OPERATIONS)
def test_the_parts_of_kept_operations_are_kept_whole(service: str) -> None:
    model = whole_model(service)
    kept = trim_model(model, OPERATIONS[service])
    assert kept["operations"].keys() == set(OPERATIONS[service])
    text = json.dumps(kept)
    for name, shape in kept["shapes"].items():
        assert shape.keys() | {"documentation"} == model["shapes"][name].keys() | {"documentation"}
        assert shape.get("members", {}).keys() == model["shapes"][name].get("members", {}).keys()
    assert len(text) < len(json.dumps(model)) / 3


def test_an_operation_that_there_is_not_is_an_error() -> None:
    with pytest.raises(KeyError, match="ListAcounts"):
        trim_model(whole_model("organizations"), ("ListAcounts",))


@pytest.mark.slow
class TestArtifact:
    def test_it_has_just_the_services_that_are_called(self, unpacked: Path) -> None:
        services = {path.name for path in (unpacked / "botocore" / "data").iterdir() if path.is_dir()}
        assert services == OPERATIONS.keys()

    def test_botocore_finds_them(self, unpacked: Path) -> None:
        loader = Loader(
            extra_search_paths=[str(unpacked / "botocore" / "data")], include_default_search_paths=False
        )
        for service, operations in OPERATIONS.items():
            assert loader.load_service_model(service, "service-2")["operations"].keys() == set(operations)
            loader.load_service_model(service, "endpoint-rule-set-1")

    def test_whatever_a_role_allows_is_known(self, template: dict[str, Any]) -> None:
        allowed = {tuple(action.split(":")) for _, action, _ in grants(template)}
        known = {
            (service, operation) for service, operations in OPERATIONS.items() for operation in operations
        }
        # Lambda itself takes messages off the queues, and writes the logs.
        of_lambda = {"ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "ChangeMessageVisibility"}
        of_lambda |= {"CreateLogStream", "PutLogEvents"}
        within_transactions = {"DeleteItem"}
        assert {right for _, right in allowed - known} <= of_lambda | within_transactions
