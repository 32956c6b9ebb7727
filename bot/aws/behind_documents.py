"""What sits behind a group as a JSON document for the table, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.aws.documents import Document, read_rule, write_rule
from bot.core.behind import (
    Behind,
    Example,
    Exposed,
    Kind,
    NotRead,
    OfGroup,
    Referenced,
    Surroundings,
    Tally,
    Trouble,
)


def write_surroundings(surroundings: Surroundings) -> Document:
    """Write *surroundings*."""
    document: Document = {}
    if surroundings.behind:
        document["behind"] = write_behind(surroundings.behind)
    if surroundings.referenced:
        document["referenced"] = [
            {
                "group": referenced.group_id,
                "known": referenced.is_known,
                **write_behind(referenced.behind),
            }
            for referenced in surroundings.referenced
        ]
    if surroundings.joined:
        document["joined"] = [
            {"group": each.group_id, **write_behind(each.behind)} for each in surroundings.joined
        ]
    if surroundings.names:
        document["names"] = dict(surroundings.names)
    return document


def read_surroundings(document: Mapping[str, Any]) -> Surroundings:
    """Read what write_surroundings wrote."""
    referenced = tuple(
        Referenced(entry["group"], _read_counts(entry), entry.get("known", True))
        for entry in document.get("referenced", ())
    )
    return Surroundings(
        read_behind(document["behind"]) if "behind" in document else None,
        referenced,
        tuple(OfGroup(entry["group"], read_behind(entry)) for entry in document.get("joined", ())),
        tuple(document.get("names", {}).items()),
    )


def write_behind(behind: Behind | NotRead) -> Document:
    """Write what was read of a group, or why it was not."""
    match behind:
        case NotRead(at, code, trouble, role):
            return {"at": at.isoformat(), "code": code, "trouble": trouble.value, "role": role}
        case Behind():
            return {
                "at": behind.at.isoformat(),
                "interfaces": behind.interfaces,
                "more": behind.is_more,
                "kinds": [
                    [tally.kind.name, tally.count, tally.public, tally.ipv6]
                    + [[example.name, example.address, example.is_ipv6] for example in tally.examples]
                    for tally in behind.tallies
                ],
                "group_name": behind.group_name,
                "vpc_id": behind.vpc_id,
            }


def read_behind(document: Mapping[str, Any]) -> Behind | NotRead:
    """Read what write_behind wrote."""
    return read_not_read(document) if "code" in document else _read_counts(document)


def read_not_read(document: Mapping[str, Any]) -> NotRead:
    """Read what write_behind wrote of why a group was not read."""
    at = datetime.fromisoformat(document["at"])
    return NotRead(at, document["code"], Trouble(document["trouble"]), document["role"])


def write_exposed(exposed: Exposed) -> Document:
    """Write *exposed*."""
    return {"rules": [write_rule(rule) for rule in exposed.rules], "unknown": list(exposed.unknown)}


def read_exposed(document: Mapping[str, Any]) -> Exposed:
    """Read what write_exposed wrote."""
    return Exposed(tuple(map(read_rule, document["rules"])), tuple(document["unknown"]))


def _read_counts(document: Mapping[str, Any]) -> Behind:
    tallies = (
        Tally(
            Kind[kind], count, public, tuple(Example(*each) for each in rest if isinstance(each, list)), ipv6
        )
        for kind, count, public, *rest in document["kinds"]
        for ipv6 in [sum(each for each in rest if isinstance(each, int))]  # older ones count none
    )
    return Behind(
        datetime.fromisoformat(document["at"]),
        document["interfaces"],
        document["more"],
        tuple(tallies),
        document["group_name"],
        document["vpc_id"],
    )
