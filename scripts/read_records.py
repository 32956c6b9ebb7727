"""
Read a folder of CloudTrail's records as Panopticon would, and say how many it reads right.

Usage: python scripts/read_records.py FOLDER

Takes *.json and *.json.gz at any depth: a record, EventBridge's envelope around one, a list of either, or {"Records": [...]}
as CloudTrail writes to S3. A record is read right if it is parsed in full, and it is known who called, which group it is
about (a prefix list, for calls on those), and what each rule is. The others are listed with the reason.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# ruff: noqa: E402 - the repository has to be on the path before anything of it is imported
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.core.changes import Digest, PrefixListEdit, PrincipalKind, SecurityGroupChange, line_count
from bot.core.cloudtrail import changes_a_group, parse_change
from bot.core.errors import EventError
from bot.slack.lines import rule_lines

NOT_KNOWN = "not known"
"""How a line ends on a rule that the record names by its id alone."""


@dataclass(frozen=True)
class Tally:
    """What a folder holds: *wrong* has a line for each record that is not read right, *unreadable* for each such file."""

    right: int
    foreign: int
    wrong: tuple[str, ...]
    unreadable: tuple[str, ...]

    @property
    def about_groups(self) -> int:
        """How many records are about security groups."""
        return self.right + len(self.wrong)


def read_folder(folder: Path) -> Tally:
    """Read every record below *folder*."""
    right = foreign = 0
    wrong: list[str] = []
    unreadable: list[str] = []
    for path in sorted(each for each in folder.rglob("*") if each.name.endswith((".json", ".json.gz"))):
        name = str(path.relative_to(folder))
        try:
            events = list(events_of(_load(path)))
        except (OSError, EOFError, ValueError) as error:
            unreadable.append(f"{name}: {error}")
            continue
        for number, event in enumerate(events, 1):
            if not changes_a_group(event):
                foreign += 1
                continue
            reasons = faults(event)
            if reasons:
                where = f"{name}, record {number}" if len(events) > 1 else name
                wrong.append(f"{where}: {event['detail']['eventName']}: {'; '.join(reasons)}")
            else:
                right += 1
    return Tally(right, foreign, tuple(wrong), tuple(unreadable))


def events_of(document: Any) -> Iterator[Mapping[str, Any]]:
    """
    Give each record in *document* in an envelope, as EventBridge would.

    >>> [event["detail"] for event in events_of({"Records": [{"eventName": "CreateTags"}]})]
    [{'eventName': 'CreateTags'}]
    """
    match document:
        case {"Records": [*records]} | [*records]:
            for record in records:
                yield from events_of(record)
        case {"detail": _}:
            yield document
        case {"eventName": _}:
            yield {"detail": document, "account": _account(document), "region": document.get("awsRegion")}


def faults(event: Mapping[str, Any]) -> list[str]:
    """Say what is not read right of *event*, a call on a security group; nothing if it all is."""
    try:
        change = parse_change(event)
    except EventError as error:
        return [f"not parsed, {error}"]
    found = []
    if change.principal.kind is PrincipalKind.UNKNOWN and change.origin.service is None:
        found.append("who called is not known")
    if not _names_what_it_is_about(change):
        found.append("the group is not known")
    if change.is_cut:
        found.append("AWS left out the rules")
    lines = rule_lines(Digest(change, line_count(change)))
    if len(lines) != line_count(change) or any(line.endswith(NOT_KNOWN) for line in lines):
        found.append("a rule is not known")
    return found


def _names_what_it_is_about(change: SecurityGroupChange) -> bool:
    return bool(change.groups or change.group_name) or isinstance(change.effect, PrefixListEdit)


def _account(record: Mapping[str, Any]) -> Any:
    # Old records lack recipientAccountId, and there is no envelope to ask: the caller's own account is the best guess.
    identity = record.get("userIdentity")
    return record.get("recipientAccountId") or (
        identity.get("accountId") if isinstance(identity, Mapping) else None
    )


def _load(path: Path) -> Any:
    content = path.read_bytes()
    return json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)


def main(arguments: list[str] | None = None) -> int:
    """Read the folder that *arguments* name and print what is in it; records that are not read right are no failure."""
    parser = argparse.ArgumentParser(description="Say how many CloudTrail records Panopticon reads right.")
    parser.add_argument("folder", type=Path, help="a folder of .json and .json.gz files")
    folder: Path = parser.parse_args(arguments).folder
    if not folder.is_dir():
        parser.error(f"{folder} is not a folder")
    tally = read_folder(folder)
    print(f"{tally.about_groups} records about security groups, {tally.right} of them read right")
    print(f"{tally.foreign} other records")
    for title, lines in (("Not read right", tally.wrong), ("Files that are not JSON", tally.unreadable)):
        if lines:
            print(f"{title}:")
            print(*(f"  {line}" for line in lines), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
