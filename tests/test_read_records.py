"""The script that says how many records of a folder are read right."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.read_records import ROOT, faults, main, read_folder
from tests.records import EVENTS, event, event_names, load_event

NOT_READ_RIGHT = {
    "authorize_ingress_denied_without_parameters": "not parsed",
    "authorize_ingress_invalid_ports": "not parsed",
    "authorize_ingress_source_group_by_name": "not parsed",
    "authorize_ingress_unknown_source": "not parsed",
    "modify_rules_without_source": "not parsed",
    "authorize_ingress_without_identity": "who called is not known",
    "authorize_ingress_omitted_parameters": "the group is not known",
    "modify_rules_omitted_parameters": "the group is not known",
    "revoke_ingress_omitted_parameters": "the group is not known",
    "authorize_ingress_omitted_permissions": "AWS left out the rules",
    "modify_prefix_list_omitted_parameters": "AWS left out the rules",
    "revoke_egress_by_rule_id_set": "a rule is not known",
    "revoke_ingress_by_rule_ids": "a rule is not known",
    "revoke_ingress_by_rule_ids_bare": "a rule is not known",
}
"""The events of the tests that tell less than the script asks for, with the first reason."""

OURS = [name for name in event_names() if not name.startswith("foreign_")]


def write(path: Path, document: Any) -> None:
    text = json.dumps(document).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


@pytest.mark.parametrize("name", OURS)
def test_an_event_of_the_tests_is_read_right_unless_its_record_says_too_little(name: str) -> None:
    found = faults(load_event(name))
    expected = NOT_READ_RIGHT.get(name)
    assert [fault.startswith(expected) for fault in found[:1]] == [True] if expected else found == []


def test_the_events_of_the_tests_are_counted() -> None:
    tally = read_folder(EVENTS)
    assert tally.about_groups == len(OURS)
    assert tally.right == len(OURS) - len(NOT_READ_RIGHT)
    assert tally.foreign == len(event_names()) - len(OURS)
    assert [line.split(".json")[0] for line in tally.wrong] == sorted(NOT_READ_RIGHT)
    assert tally.unreadable == ()


def test_records_are_found_in_each_form_that_aws_gives_them(tmp_path: Path) -> None:
    record, foreign = event()["detail"], load_event("foreign_put_object")["detail"]
    write(tmp_path / "bare.json", record)
    write(tmp_path / "envelope.json", event())
    write(tmp_path / "trail.json", {"Records": [record, foreign, record]})
    write(tmp_path / "AWSLogs" / "2026" / "trail.json.gz", {"Records": [record]})
    write(tmp_path / "list.json", [event(), foreign])
    write(tmp_path / "notes.txt", record)
    write(tmp_path / "something_else.json", {"name": "demo"})
    tally = read_folder(tmp_path)
    assert (tally.right, tally.foreign, tally.wrong, tally.unreadable) == (6, 2, (), ())


def test_an_old_record_without_an_envelope_is_of_its_callers_account(tmp_path: Path) -> None:
    write(tmp_path / "old.json", event(without=("recipientAccountId",))["detail"])
    assert read_folder(tmp_path).right == 1


def test_what_is_not_read_right_is_listed_with_its_place_and_the_reason(tmp_path: Path) -> None:
    record = event(requestParameters={}, responseElements=None)["detail"]
    write(tmp_path / "trail.json", {"Records": [event()["detail"], record]})
    [line] = read_folder(tmp_path).wrong
    assert line.startswith(
        "trail.json, record 2: AuthorizeSecurityGroupIngress: not parsed, detail.requestParameters"
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [("torn.json", b'{"Records": ['), ("torn.json.gz", b"\x1f\x8b\x08"), ("bytes.json", b"\xff\xfe\x00")],
)
def test_a_file_that_cannot_be_read_is_listed_and_the_rest_goes_on(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    write(tmp_path / "whole.json", event())
    tally = read_folder(tmp_path)
    assert tally.right == 1
    [line] = tally.unreadable
    assert line.startswith(f"{name}: ")


def test_it_prints_the_figures_and_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "right.json", event())
    write(tmp_path / "wrong.json", load_event("revoke_ingress_by_rule_ids"))
    write(tmp_path / "foreign.json", load_event("foreign_put_object"))
    (tmp_path / "torn.json").write_bytes(b"{")
    assert main([str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("2 records about security groups, 1 of them read right\n1 other records\n")
    assert "  wrong.json: RevokeSecurityGroupIngress: a rule is not known\n" in printed
    assert "  torn.json: " in printed


def test_it_runs_from_anywhere_as_a_program(tmp_path: Path) -> None:
    write(tmp_path / "right.json", event())
    command = [sys.executable, str(ROOT / "scripts" / "read_records.py"), str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "1 records about security groups, 1 of them read right\n0 other records\n"


def test_what_is_no_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path / "nowhere")])
    assert "is not a folder" in capsys.readouterr().err
