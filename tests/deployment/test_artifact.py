"""What is in the zip that Lambda gets, and what is not."""

import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from deploy.programs import lambda_python
from tests.deployment.conftest import ROOT, build_artifact

pytestmark = pytest.mark.slow

# Uploaded with every deployment and unpacked at every cold start. Lambda would take 50 MB; there is no need to.
MOST_BYTES = 5_000_000


@pytest.fixture(scope="module")
def names(artifact: Path) -> list[str]:
    with zipfile.ZipFile(artifact) as archive:
        return archive.namelist()


def test_the_same_sources_give_the_same_bytes(artifact: Path, tmp_path: Path) -> None:
    assert build_artifact(tmp_path / "again.zip").read_bytes() == artifact.read_bytes()


def test_it_is_small(artifact: Path) -> None:
    assert artifact.stat().st_size < MOST_BYTES


def test_it_holds_the_bot_as_it_stands_in_the_repository(unpacked: Path) -> None:
    sources = {path.relative_to(ROOT): path.read_bytes() for path in ROOT.glob("bot/**/*.py")}
    packaged = {path.relative_to(unpacked): path.read_bytes() for path in unpacked.glob("bot/**/*.py")}
    assert packaged == sources


def test_it_holds_nothing_of_ours_that_only_tests_and_the_demo_need(names: list[str]) -> None:
    assert {name.split("/")[0] for name in names} & {"sandbox", "tests", "scripts", "moto", "flask"} == set()


def test_it_holds_no_compiled_code_so_that_any_processor_and_python_may_run_it(names: list[str]) -> None:
    assert [name for name in names if name.endswith((".so", ".pyd"))] == []
    compiled = {name for name in names if name.endswith(".pyc")}
    sources = {name.replace("__pycache__/", "").split(".cpython")[0] + ".py" for name in compiled}
    assert sources <= set(names)  # which any other version of Python takes


def test_it_holds_bytecode_that_lambdas_python_takes_as_it_is(artifact: Path) -> None:
    with zipfile.ZipFile(artifact) as archive:
        compiled = [name for name in archive.namelist() if name.endswith(".pyc")]
        if lambda_python() is None:
            assert compiled == []  # nobody is here to compile it; preflight says so
            return
        assert {
            "bot/__pycache__/handlers.cpython-313.pyc",
            "slack_bolt/__pycache__/__init__.cpython-313.pyc",
        } < {*compiled}
        # The magic number of Python 3.13, and that the hash of the source is not to be checked (PEP 552).
        assert {archive.read(name)[:8] for name in compiled} == {b"\xf3\r\r\n\x01\0\0\0"}


def test_it_holds_what_requirements_pins_and_no_more(unpacked: Path) -> None:
    pins = {
        line.strip().lower().replace("_", "-")
        for line in (ROOT / "requirements.txt").read_text().splitlines()
        if "==" in line
    }
    packaged = {
        f"{found.name.lower().replace('_', '-')}=={found.version}"
        for found in metadata.distributions(path=[str(unpacked)])
    }
    assert packaged == pins


def test_lambda_may_read_every_file(artifact: Path) -> None:
    with zipfile.ZipFile(artifact) as archive:
        assert {entry.external_attr >> 16 & 0o777 for entry in archive.infolist()} == {0o644}
