"""
A group's ledger, and what a change means by it, as JSON documents for the table, and back.

One change may open hundreds of rules, and each entry tells who opened it: so a document holds its authors once, in a
table, and moments give their place in it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.aws.documents import Document, read_digest, read_rule, write_digest, write_rule
from bot.core.alerts import Closing
from bot.core.assessment import Severity
from bot.core.changes import ChangeKind, Digest, SecurityGroupChange, line_count
from bot.core.judged import RuleCounts
from bot.core.ledger import Acceptance, Author, Entry, Gone, Ledger, Moment
from bot.core.meaning import Alteration, Knowledge, Meaning
from bot.core.openness import Open
from bot.core.rules import Rule


class Authors:
    """The authors of one document, each once, in the order in which they were met."""

    def __init__(self) -> None:
        self._places: dict[Author, int] = {}

    def place(self, author: Author) -> int:
        """Give the place of *author* in the table, where it comes to stand at its first mention."""
        return self._places.setdefault(author, len(self._places))

    def write(self) -> list[Document]:
        """Write the table, once the rest of the document is written."""
        return [write_author(author) for author in self._places]


def write_ledger(ledger: Ledger) -> Document:
    """Write *ledger* whole; what is empty is left out."""
    authors = Authors()
    document = {
        "live": [write_entry(entry, authors) for entry in ledger.live],
        "closed": [write_entry(entry, authors) for entry in ledger.closed],
        "doubts": [{"rule": write_rule(rule), "from": time.isoformat()} for rule, time in ledger.doubts],
        "blanks": list(ledger.blanks),
        "known": ledger.is_known,
        "cuts": [_write_change(change) for change in ledger.cuts],
        "gone": [{"id": gone.rule_id, "closed": write_moment(gone.closed, authors)} for gone in ledger.gone],
        "created": write_moment(ledger.created, authors) if ledger.created else None,
        "deleted": write_moment(ledger.deleted, authors) if ledger.deleted else None,
        "read": ledger.read.isoformat() if ledger.read else None,
        "authors": authors.write(),
    }
    return _without_empty(document)


def read_ledger(document: Mapping[str, Any]) -> Ledger:
    """Read what write_ledger wrote."""
    authors = _read_authors(document)
    return Ledger(
        live=_read_entries(document, "live", authors),
        closed=_read_entries(document, "closed", authors),
        doubts=tuple(
            (read_rule(doubt["rule"]), datetime.fromisoformat(doubt["from"]))
            for doubt in document.get("doubts", ())
        ),
        blanks=tuple(document.get("blanks", ())),
        is_known=document.get("known", False),
        cuts=tuple(read_digest(change).change for change in document.get("cuts", ())),
        gone=tuple(
            Gone(gone["id"], read_moment(gone["closed"], authors)) for gone in document.get("gone", ())
        ),
        created=_read_optional_moment(document, "created", authors),
        deleted=_read_optional_moment(document, "deleted", authors),
        read=_read_optional_time(document, "read"),
    )


def write_meaning(meaning: Meaning) -> Document:
    """Write *meaning*; what is empty is left out."""
    authors = Authors()
    document = {
        "knowledge": meaning.knowledge.value,
        "newly": write_rules(meaning.newly),
        "no_longer": write_rules(meaning.no_longer),
        "before": write_rules(meaning.before),
        "left": write_rules(meaning.left),
        "opened": write_rules(meaning.opened),
        "closed": write_rules(meaning.closed),
        "open_since": write_moment(meaning.open_since, authors) if meaning.open_since else None,
        "altered": [write_alteration(alteration) for alteration in meaning.altered],
        "held": [write_entry(entry, authors) for entry in meaning.held],
        "already": write_rules(meaning.already),
        "still": write_rules(meaning.still),
        "more_newly": meaning.more_newly,
        "more_before": meaning.more_before,
        "more_left": meaning.more_left,
        "more_no_longer": meaning.more_no_longer,
        "more_held": meaning.more_held,
        "counts": [*meaning.counts.ingress, *meaning.counts.egress] if meaning.counts else None,
        "authors": authors.write(),
    }
    return _without_empty(document)


def read_meaning(document: Mapping[str, Any]) -> Meaning:
    """Read what write_meaning wrote."""
    authors = _read_authors(document)
    return Meaning(
        knowledge=Knowledge(document["knowledge"]),
        newly=read_rules(document.get("newly", ())),
        no_longer=read_rules(document.get("no_longer", ())),
        before=read_rules(document.get("before", ())),
        left=read_rules(document.get("left", ())),
        opened=read_rules(document.get("opened", ())),
        closed=read_rules(document.get("closed", ())),
        open_since=_read_optional_moment(document, "open_since", authors),
        altered=tuple(read_alteration(alteration) for alteration in document.get("altered", ())),
        held=_read_entries(document, "held", authors),
        already=read_rules(document.get("already", ())),
        still=read_rules(document.get("still", ())),
        more_newly=document.get("more_newly", 0),
        more_before=document.get("more_before", 0),
        more_left=document.get("more_left", 0),
        more_no_longer=document.get("more_no_longer", 0),
        more_held=document.get("more_held", 0),
        counts=_read_counts(document),
    )


def _read_counts(document: Mapping[str, Any]) -> RuleCounts | None:
    if "counts" not in document:
        return None
    ingress_before, ingress, egress_before, egress = document["counts"]
    return RuleCounts((ingress_before, ingress), (egress_before, egress))


def write_closing(closing: Closing) -> Document:
    """Write *closing*."""
    return _without_empty(
        {
            "at": closing.at.isoformat(),
            "name": closing.name,
            "event_id": closing.event_id,
            "since": closing.since.isoformat() if closing.since else None,
        }
    )


def read_closing(document: Mapping[str, Any]) -> Closing:
    """Read what write_closing wrote."""
    return Closing(
        at=datetime.fromisoformat(document["at"]),
        name=document.get("name"),
        event_id=document.get("event_id"),
        since=_read_optional_time(document, "since"),
    )


def write_rules(rules: Sequence[Rule]) -> list[Document]:
    """Write *rules*, in their order."""
    return [write_rule(rule) for rule in rules]


def read_rules(documents: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Read what write_rules wrote."""
    return tuple(read_rule(document) for document in documents)


def write_open(opened: Open) -> Document:
    """Write what is open to the internet."""
    authors = Authors()
    document = {
        "rule": write_rule(opened.rule),
        "since": write_moment(opened.since, authors) if opened.since else None,
        "severity": opened.severity.name,
        "authors": authors.write(),
    }
    return _without_empty(document)


def read_open(document: Mapping[str, Any]) -> Open:
    """Read what write_open wrote."""
    since = _read_optional_moment(document, "since", _read_authors(document))
    return Open(read_rule(document["rule"]), since, Severity[document["severity"]])


def write_entry(entry: Entry, authors: Authors) -> Document:
    """Write *entry*, whose authors come to stand in *authors*."""
    return _without_empty(
        {
            "rule": write_rule(entry.rule),
            "opened": write_moment(entry.opened, authors),
            "seen": entry.seen.isoformat(),
            "described": entry.described.isoformat() if entry.described else None,
            "origin": write_moment(entry.origin, authors) if entry.origin else None,
            "closed": write_moment(entry.closed, authors) if entry.closed else None,
        }
    )


def read_entry(document: Mapping[str, Any], authors: Sequence[Author]) -> Entry:
    """Read what write_entry wrote."""
    return Entry(
        rule=read_rule(document["rule"]),
        opened=read_moment(document["opened"], authors),
        seen=datetime.fromisoformat(document["seen"]),
        described=_read_optional_time(document, "described"),
        origin=_read_optional_moment(document, "origin", authors),
        closed=_read_optional_moment(document, "closed", authors),
    )


def write_moment(moment: Moment, authors: Authors) -> Document:
    """Write *moment*, whose author comes to stand in *authors*."""
    document = {
        "at": moment.at.isoformat(),
        "by": authors.place(moment.by) if moment.by else None,
        "after": moment.after.isoformat() if moment.after else None,
    }
    return {name: value for name, value in document.items() if value is not None}


def read_moment(document: Mapping[str, Any], authors: Sequence[Author]) -> Moment:
    """Read what write_moment wrote."""
    by = authors[document["by"]] if "by" in document else None
    return Moment(datetime.fromisoformat(document["at"]), by, _read_optional_time(document, "after"))


def write_author(author: Author) -> Document:
    """Write *author*."""
    return _without_empty(
        {
            "event_id": author.event_id,
            "event_name": author.event_name,
            "kind": author.kind.value,
            "time": author.time.isoformat(),
            "name": author.name,
            "accepted": write_acceptance(author.acceptance) if author.acceptance else None,
        }
    )


def read_author(document: Mapping[str, Any]) -> Author:
    """Read what write_author wrote."""
    return Author(
        event_id=document["event_id"],
        event_name=document["event_name"],
        kind=ChangeKind(document["kind"]),
        time=datetime.fromisoformat(document["time"]),
        name=document["name"],
        acceptance=read_acceptance(document["accepted"]) if "accepted" in document else None,
    )


def write_acceptance(acceptance: Acceptance) -> Document:
    """Write *acceptance*."""
    return _without_empty(
        {"user": acceptance.user_id, "at": acceptance.at.isoformat(), "note": acceptance.note}
    )


def read_acceptance(document: Mapping[str, Any]) -> Acceptance:
    """Read what write_acceptance wrote."""
    return Acceptance(document["user"], datetime.fromisoformat(document["at"]), document.get("note"))


def write_alteration(alteration: Alteration) -> Document:
    """Write *alteration*."""
    was = write_rule(alteration.was) if alteration.was else None
    return _without_empty({"was": was, "now": write_rule(alteration.now)})


def read_alteration(document: Mapping[str, Any]) -> Alteration:
    """Read what write_alteration wrote."""
    return Alteration(read_rule(document["was"]) if "was" in document else None, read_rule(document["now"]))


def _write_change(change: SecurityGroupChange) -> Document:
    return write_digest(Digest(change, line_count(change)))


def _read_authors(document: Mapping[str, Any]) -> list[Author]:
    return [read_author(author) for author in document.get("authors", ())]


def _read_entries(document: Mapping[str, Any], name: str, authors: Sequence[Author]) -> tuple[Entry, ...]:
    return tuple(read_entry(entry, authors) for entry in document.get(name, ()))


def _read_optional_moment(document: Mapping[str, Any], name: str, authors: Sequence[Author]) -> Moment | None:
    return read_moment(document[name], authors) if name in document else None


def _read_optional_time(document: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(document[name]) if name in document else None


def _without_empty(document: Document) -> Document:
    """Leave out what holds nothing, and is read so where it is absent."""
    return {name: value for name, value in document.items() if value or isinstance(value, str)}
