"""What ledgers answer: the rules of a moment, why a group admits something, and which groups admit the internet."""

from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

from bot.core.assessment import Severity
from bot.core.changes import ChangeKind, GroupDetails, GroupKey
from bot.core.history import AlertScope, Place, Silence
from bot.core.ledger import MAX_CLOSED, NOTHING_KNOWN, Ledger
from bot.core.ledger_views import Flow, Reasons, rules_then
from bot.core.openness import ExposedGroup, Open
from bot.core.places import Places
from bot.core.rules import PrefixList, ReferencedGroup
from bot.slack.exposed_answer import (
    exposed_answer,
    nothing_exposed_answer,
)
from bot.slack.rules_at_answer import (
    rules_at_answer,
)
from bot.slack.why_answer import why_answer
from tests.ledgers import EGRESS, JO, NOW, OPENED, READ, SSH, WEB, a_ledger, by, closed, unseen
from tests.records import change, rule

KEY = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
GROUP = GroupDetails(KEY, "web-prod", "vpc-0123456789abcdef0")
PLACES = Places({"111122223333": "payments-prod"})
AT = OPENED + timedelta(minutes=5)
TCP_22 = Flow("tcp", 22)
FROM_OFFICE = Flow("tcp", 22, ip_network("203.0.113.0/24"))
REMOVED = closed(SSH, by("jo", OPENED + timedelta(minutes=12), ChangeKind.REVOKE))
DELETED = by("alice@example.com", OPENED + timedelta(minutes=47), ChangeKind.DELETE)
CUT = change(event_name="AuthorizeSecurityGroupIngress", is_cut=True, added=())
MANY = [
    replace(SSH, rule=rule(ports=(port, port), source="10.0.0.0/8", rule_id=f"sgr-{port}"))
    for port in range(1, 100)
]


def at(then: Ledger, now: Ledger | None = None, moment: datetime = AT, page: int = 0) -> dict[str, Any]:
    return rules_at_answer(GROUP, rules_then(moment, then, now or then), PLACES, page=page)


def why(reasons: Reasons, group: GroupDetails = GROUP) -> dict[str, Any]:
    return why_answer(group, reasons, PLACES, NOW)


def opened(source: str, severity: Severity, since: Any, ports: tuple[int, int] = (22, 22)) -> Open:
    return Open(rule(ports=ports, source=source), since, severity)


EXPOSED = [
    ExposedGroup(
        KEY,
        "web-prod",
        (
            opened("0.0.0.0/0", Severity.CRITICAL, SSH.opened),
            opened("::/0", Severity.CRITICAL, SSH.opened),
            opened("0.0.0.0/0", Severity.LOW, WEB.opened, (443, 443)),
        ),
        "5#a",
    ),
    ExposedGroup(
        replace(KEY, account_id="444455556666", group_id="sg-0d4e5f60718293041"),
        None,
        (
            opened("::/0", Severity.HIGH, unseen(READ, READ - timedelta(days=1)), (8000, 8100)),
            *(opened("0.0.0.0/0", Severity.HIGH, None, (port, port)) for port in range(9000, 9005)),
        ),
        "6#b",
    ),
]

ANSWERS: dict[str, dict[str, Any]] = {
    "rules_at": at(a_ledger(SSH, WEB, EGRESS)),
    "rules_at_none": at(a_ledger()),
    "rules_at_page": at(a_ledger(*MANY, EGRESS), page=1),
    "rules_at_last_page": at(a_ledger(*MANY, EGRESS), page=9),
    "rules_at_not_yet": at(NOTHING_KNOWN, a_ledger(SSH, created=by(at=AT + timedelta(minutes=2), kind=ChangeKind.CREATE))),
    "rules_at_deleted": at(Ledger(deleted=DELETED, is_known=True), moment=NOW + timedelta(minutes=6)),
    "rules_at_unknown": at(NOTHING_KNOWN),
    "rules_at_before_the_first_reading": at(
        Ledger(live=(replace(WEB, opened=unseen(READ)),), is_known=True), a_ledger(SSH), READ - timedelta(days=2)
    ),
    "rules_at_not_read": at(Ledger(live=(SSH,))),
    "rules_at_in_doubt": at(
        a_ledger(SSH, WEB, doubts=((WEB.content, AT),), cuts=(CUT,), blanks=("sgr-0x", "sgr-0y"), is_known=True),
        a_ledger(SSH, replace(EGRESS, opened=unseen(NOW, READ))),
    ),
    "rules_at_gone_unseen": at(a_ledger(SSH, WEB), a_ledger(SSH, closed=(closed(WEB, unseen(NOW, READ)),))),
    "why": why(Reasons(TCP_22, a_ledger(SSH, WEB), (SSH,), acceptances={SSH.opened.by.event_id: JO} if SSH.opened.by else {})),
    "why_several": why(
        Reasons(
            FROM_OFFICE,
            a_ledger(SSH, WEB, EGRESS),
            (
                SSH,
                replace(WEB, rule=rule("all", (None, None), "203.0.113.0/25", rule_id="sgr-03")),
                replace(SSH, rule=rule(source=PrefixList("pl-0abc"), rule_id="sgr-04"),
                        opened=by("bob", OPENED, ChangeKind.MODIFY), origin=by("erin", READ)),
                replace(SSH, opened=unseen(OPENED, READ), rule=rule(source="203.0.113.7/32")),
            ),
            doubtful=(rule(source="203.0.113.7/32"), rule("udp", source="203.0.113.0/24")),
            unread=(PrefixList("pl-0abc"),),
            members=(ReferencedGroup("sg-0b"), ReferencedGroup("sg-0c", "444455556666")),
        )
    ),
    "why_many": why(Reasons(Flow("all", None), a_ledger(*MANY), tuple(MANY))),
    "why_closed": why(Reasons(TCP_22, a_ledger(WEB), last=REMOVED, acceptances={})),
    "why_changed": why(
        Reasons(TCP_22, a_ledger(WEB), last=closed(SSH, by("bob", OPENED + timedelta(minutes=12), ChangeKind.MODIFY)))
    ),
    "why_closed_unseen": why(Reasons(TCP_22, a_ledger(WEB), last=closed(SSH, unseen(NOW, OPENED)))),
    "why_never": why(Reasons(TCP_22, a_ledger(WEB))),
    "why_never_of_many": why(Reasons(TCP_22, a_ledger(WEB, closed=(REMOVED,) * MAX_CLOSED))),
    "why_not_read": why(Reasons(TCP_22, NOTHING_KNOWN)),
    "why_not_certain": why(
        Reasons(FROM_OFFICE, a_ledger(WEB, cuts=(CUT,) * 5, blanks=("sgr-0x",)), doubtful=(SSH.rule,), last=REMOVED)
    ),
    "why_deleted": why(
        Reasons(TCP_22, Ledger(deleted=DELETED, is_known=True), last=closed(SSH, DELETED)),
        replace(GROUP, name=None),
    ),
    "exposed": exposed_answer(EXPOSED, AlertScope(), more=None, now=NOW, places=PLACES),
    "exposed_one": exposed_answer(EXPOSED[:1], AlertScope(Place(region="eu-west-1")), more=None, now=NOW, places=PLACES),
    "exposed_more": exposed_answer(EXPOSED, AlertScope(), more=AlertScope(behind="6#b"), now=NOW, places=PLACES),
    "exposed_none_here": exposed_answer([], AlertScope(Place("444455556666")), more=AlertScope(behind="6#b"), now=NOW, places=PLACES),
    "exposed_none": nothing_exposed_answer(AlertScope(Place(region="eu-west-1")), Silence(READ, NOW), PLACES),
    "exposed_none_yet": nothing_exposed_answer(AlertScope(), Silence(None, None), PLACES),
}  # fmt: skip
