"""What gathers in a burst as JSON documents for the table, and back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.aws.documents import (
    Document,
    read_assessment,
    read_digest,
    read_finding,
    read_reading,
    read_remark,
    read_rule,
    write_assessment,
    write_digest,
    write_finding,
    write_reading,
    write_remark,
    write_rule,
)
from bot.aws.ledger_documents import read_meaning, write_meaning
from bot.core.assessment import Severity
from bot.core.bursts import Burst, Gathers
from bot.core.gathering import Gathering, NetLine
from bot.core.parts import Part


def write_part(part: Part) -> Document:
    """Write *part*, but for its version, which is in its key."""
    return _without_nones(
        {
            "digest": write_digest(part.digest),
            "assessment": write_assessment(part.assessment),
            "meaning": write_meaning(part.meaning) if part.meaning else None,
            "reading": write_reading(part.reading) if part.reading else None,
            "group_name": part.group_name,
            "vpc_id": part.vpc_id,
        }
    )


def read_part(document: Mapping[str, Any], version: int) -> Part:
    """Read what write_part wrote."""
    return Part(
        version=version,
        digest=read_digest(document["digest"]),
        assessment=read_assessment(document["assessment"]),
        meaning=read_meaning(document["meaning"]) if "meaning" in document else None,
        reading=read_reading(document["reading"]) if "reading" in document else None,
        group_name=document.get("group_name"),
        vpc_id=document.get("vpc_id"),
    )


def write_gathering(gathering: Gathering) -> Document:
    """Write *gathering*."""
    return {
        "changes": gathering.changes,
        "groups": gathering.groups,
        "names": list(gathering.names),
        "first": gathering.first.isoformat(),
        "last": gathering.last.isoformat(),
        "counts": {name: getattr(gathering, name) for name in _COUNTS},
        "lines": [[line.group, write_rule(line.rule), line.is_added] for line in gathering.lines],
        "admitted": [[write_rule(rule), count] for rule, count in gathering.admitted],
        "findings": [[write_finding(finding), group] for finding, group in gathering.findings],
        "remarks": [[write_remark(remark), group] for remark, group in gathering.remarks],
        "who": [[write_remark(remark), group, count] for remark, group, count in gathering.about_who],
        "opened": [list(group) for group in gathering.opened],
        "opened_more": gathering.more_opened,
        "known": gathering.is_known,
        "over": gathering.is_over,
    }


def read_gathering(document: Mapping[str, Any]) -> Gathering:
    """Read what write_gathering wrote."""
    return Gathering(
        changes=document["changes"],
        groups=document["groups"],
        names=tuple(document["names"]),
        first=datetime.fromisoformat(document["first"]),
        last=datetime.fromisoformat(document["last"]),
        lines=tuple(NetLine(group, read_rule(rule), is_added) for group, rule, is_added in document["lines"]),
        admitted=tuple((read_rule(rule), count) for rule, count in document["admitted"]),
        findings=tuple((read_finding(finding), group) for finding, group in document["findings"]),
        remarks=tuple((read_remark(remark), group) for remark, group in document.get("remarks", ())),
        about_who=tuple(
            (read_remark(remark), group, count) for remark, group, count in document.get("who", ())
        ),
        opened=tuple((group_id, name) for group_id, name in document.get("opened", ())),
        more_opened=document.get("opened_more", 0),
        is_known=document["known"],
        is_over=document["over"],
        **{name: document["counts"][name] for name in _COUNTS},
    )


def write_bursts(bursts: Sequence[Burst]) -> list[Document]:
    """Write the latest bursts of a session."""
    return [
        {
            "first": burst.first.isoformat(),
            "last": burst.last.isoformat(),
            "alerts": {gathers.value: alert_id for gathers, alert_id in burst.alerts},
            "told": {group: severity.name for group, severity in burst.told},
            "own": burst.own,
        }
        for burst in bursts
    ]


def read_bursts(documents: Sequence[Mapping[str, Any]]) -> tuple[Burst, ...]:
    """Read what write_bursts wrote."""
    return tuple(
        Burst(
            first=datetime.fromisoformat(document["first"]),
            last=datetime.fromisoformat(document["last"]),
            alerts=tuple((Gathers(gathers), alert_id) for gathers, alert_id in document["alerts"].items()),
            told=tuple((group, Severity[severity]) for group, severity in document["told"].items()),
            own=document["own"],
        )
        for document in documents
    )


_COUNTS = ("added", "removed", "uncounted", "created", "deleted", "others", "more_admitted")


def _without_nones(document: Document) -> Document:
    return {name: value for name, value in document.items() if value is not None}
