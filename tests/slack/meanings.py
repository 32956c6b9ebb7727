"""Alerts whose meaning is known, one for each story that a card has to tell; made by hand, not by the ledger."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.core.alerts import Alert, AlertStatus, Closing
from bot.core.assessment import Assessment, Severity
from bot.core.changes import ChangeKind, DescriptionEdit, PrincipalKind
from bot.core.ledger import Acceptance, Author, Entry, Moment, content_of
from bot.core.meaning import MAX_SHOWN, Alteration, Knowledge, Meaning
from bot.core.rules import Direction, PrefixList, ReferencedGroup, Rule
from tests.records import NOW, acknowledged, alert_of, change, rule

AT = change().time
ERIN_OPENED = Author(
    "event-of-erin", "AuthorizeSecurityGroupIngress", ChangeKind.AUTHORIZE, AT - timedelta(days=213), "erin"
)
CREATION = Author("creation", "CreateSecurityGroup", ChangeKind.CREATE, AT - timedelta(days=300), "erin")

SSH = rule(description="temp debug", rule_id="sgr-0f00000000000000a")
SSH_FROM_OFFICE = rule(source="10.0.0.0/8", rule_id="sgr-0f00000000000000b")
EVERY_PORT = rule("tcp", (0, 65535), rule_id="sgr-0f00000000000000c")
ORDERS = rule("tcp", (5432, 5432), "10.20.0.0/16", description="orders", rule_id="sgr-0f00000000000000d")
EVERY_PORT_TO_APP = rule("tcp", (0, 65535), ReferencedGroup("sg-0d4e5f60718293041"), rule_id=ORDERS.rule_id)
ALL_OUT = rule("-1", (-1, -1), direction=Direction.EGRESS)
HTTPS_OUT = rule("tcp", (443, 443), direction=Direction.EGRESS, rule_id="sgr-0f00000000000000e")
WAS = rule("tcp", (443, 443), "10.0.0.0/8", rule_id="sgr-0f00000000000000f")
NOW_IS = rule("tcp", (8443, 8443), rule_id="sgr-0f00000000000000f")


def what(*rules: Rule) -> tuple[Rule, ...]:
    """Give what *rules* admit."""
    return tuple(map(content_of, rules))


def seen(by: Author = ERIN_OPENED, **ago: int) -> Moment:
    """Give the moment at which *by* did something, so long before the change."""
    return Moment(AT - timedelta(**ago), by) if ago else Moment(by.time, by)


def held(of: Rule, opened: Moment | None = None) -> Entry:
    """Give the entry of a rule that went with the change."""
    return Entry(
        of, opened or seen(), AT, closed=Moment(AT, Author("event", "Revoke", ChangeKind.REVOKE, AT, "alice"))
    )


def known(**told: Any) -> Meaning:
    return Meaning(Knowledge.KNOWN, **told)


def told(meaning: Meaning, *added: Rule, severity: Severity | None = None, **fields: Any) -> Alert:
    """Give alice's alert that adds *added*, with its meaning, and judged to be of *severity* where nothing is to be found."""
    alert = replace(alert_of(change(*added, **fields)), meaning=meaning, remaining=meaning.opened)
    return alert if severity is None else replace(alert, assessment=Assessment(severity))


def other(kind: ChangeKind, meaning: Meaning, **fields: Any) -> Alert:
    """Give the alert of a change that is no authorization."""
    changed = replace(change(), kind=kind, added=(), event_name=_EVENT_NAMES[kind], **fields)
    alert = replace(alert_of(changed), meaning=meaning, remaining=meaning.opened)
    opens_nothing = meaning.knowledge is Knowledge.KNOWN and not meaning.newly
    return replace(alert, assessment=Assessment(Severity.INFORMATIONAL)) if opens_nothing else alert


_EVENT_NAMES = {
    ChangeKind.CREATE: "CreateSecurityGroup",
    ChangeKind.DELETE: "DeleteSecurityGroup",
    ChangeKind.REVOKE: "RevokeSecurityGroupIngress",
    ChangeKind.MODIFY: "ModifySecurityGroupRules",
    ChangeKind.DESCRIBE: "UpdateSecurityGroupRuleDescriptionsIngress",
    ChangeKind.AUTHORIZE: "AuthorizeSecurityGroupIngress",
}


def closed(alert: Alert, minutes: int, **fields: Any) -> Alert:
    """Give *alert* as it is once alice closed what it told, *minutes* after the change."""
    closing = Closing(AT + timedelta(minutes=minutes), "alice", "event-of-closing", AT)
    return replace(alert, status=AlertStatus.CLOSED, remaining=(), closing=replace(closing, **fields))


def noted(alert: Alert) -> Alert:
    """Give *alert*, which is acknowledged, with a note."""
    assert alert.acknowledgement is not None
    return replace(alert, acknowledgement=replace(alert.acknowledgement, note=NOTE))


NOTE = "vendor session until 21:00"
OPENED = known(newly=what(SSH), opened=what(SSH), before=what(SSH_FROM_OFFICE))
DIRECTED = replace(NOW_IS, direction=None)
RANGES = [rule("tcp", (n, n), f"10.{n // 250}.{n % 250}.0/24", rule_id=f"sgr-{n:017x}") for n in range(1000)]
TAKEN = acknowledged(told(OPENED, SSH), NOW + timedelta(minutes=4))

STORIES: dict[str, Alert] = {
    "opened": told(OPENED, SSH),
    "opened_before_nobody": told(replace(OPENED, before=()), SSH),
    "opened_both_versions": told(
        known(newly=what(SSH, rule(source="::/0")), opened=what(SSH, rule(source="::/0"))),
        SSH,
        rule(source="::/0"),
    ),
    "opened_not_read": told(Meaning(Knowledge.NOT_READ, newly=what(SSH), opened=what(SSH)), SSH),
    "opened_unclear": told(Meaning(Knowledge.UNCLEAR, newly=what(SSH), opened=what(SSH)), SSH),
    "opened_after_left_out": told(Meaning(Knowledge.LEFT_OUT, newly=what(SSH), opened=what(SSH)), SSH),
    "internal": told(known(newly=what(ORDERS)), ORDERS),
    "internal_not_read": told(Meaning(Knowledge.NOT_READ, newly=what(ORDERS)), ORDERS),
    "internal_wider": told(
        known(
            newly=what(rule("tcp", (81, 443), "10.0.0.0/8")),
            before=what(rule("tcp", (443, 443), "10.1.0.0/16")),
        ),
        rule("tcp", (80, 443), "10.0.0.0/8"),
    ),
    "everything_but_https": told(
        known(
            newly=what(rule("-1", (-1, -1))),
            opened=what(rule("-1", (-1, -1))),
            before=what(rule("tcp", (443, 443))),
        ),
        rule("-1", (-1, -1)),
    ),
    "sources_by_name": told(
        known(
            newly=what(
                rule("tcp", (443, 443), PrefixList("pl-0123456789abcdef0")),
                rule("tcp", (443, 443), ReferencedGroup("sg-0d4e5f60718293041", "444455556666")),
                rule("icmp", (8, -1), "10.0.0.0/8"),
            ),
            more_newly=7,
        ),
        rule("tcp", (443, 443), PrefixList("pl-0123456789abcdef0")),
        rule("tcp", (443, 443), ReferencedGroup("sg-0d4e5f60718293041", "444455556666")),
        rule("icmp", (8, -1), "10.0.0.0/8"),
        *RANGES[:7],
    ),
    "few_public_addresses": told(
        known(newly=what(rule(source="8.8.8.0/25"), rule("tcp", (443, 443), "8.8.8.64/26"))),
        rule(source="8.8.8.0/25"),
    ),
    "public_addresses_among_many": told(
        known(newly=what(rule(source="8.8.8.8/32"), rule(source="2600::1/128")), more_newly=30),
        rule(source="8.8.8.8/32"),
    ),
    "public_address": told(known(newly=what(rule(source="8.8.8.8/32"))), rule(source="8.8.8.8/32")),
    "public_addresses_of_ipv6": told(
        known(newly=what(rule(source="2600::1/128"))), rule(source="2600::1/128")
    ),
    "replaced_by_a_group": other(
        ChangeKind.MODIFY,
        known(
            newly=what(EVERY_PORT_TO_APP),
            no_longer=what(ORDERS),
            left=what(EVERY_PORT_TO_APP),
            altered=(Alteration(ORDERS, EVERY_PORT_TO_APP),),
        ),
        modified=(EVERY_PORT_TO_APP,),
    ),
    "needless": told(known(already=(EVERY_PORT,)), SSH, severity=Severity.INFORMATIONAL),
    "needless_by_several": told(known(), SSH, severity=Severity.INFORMATIONAL),
    "partly_needless": told(
        known(newly=what(ORDERS), already=(SSH_FROM_OFFICE,)), ORDERS, rule(source="10.1.0.0/16")
    ),
    "egress": told(known(newly=what(HTTPS_OUT)), HTTPS_OUT, event_name="AuthorizeSecurityGroupEgress"),
    "egress_not_read": told(Meaning(Knowledge.NOT_READ, newly=what(HTTPS_OUT)), HTTPS_OUT),
    "revoke": other(
        ChangeKind.REVOKE,
        known(
            no_longer=what(SSH),
            closed=what(SSH),
            open_since=seen(minutes=47),
            held=(held(SSH, seen(minutes=47)),),
        ),
        removed=(SSH,),
    ),
    "revoke_leaves": other(
        ChangeKind.REVOKE,
        known(
            no_longer=what(SSH),
            closed=what(SSH),
            open_since=seen(minutes=47),
            left=what(SSH_FROM_OFFICE),
            held=(held(SSH),),
        ),
        removed=(SSH,),
    ),
    "revoke_of_one_version": other(
        ChangeKind.REVOKE,
        known(no_longer=what(SSH), left=what(rule(source="::/0")), held=(held(SSH),)),
        removed=(SSH,),
    ),
    "revoke_of_everything_but_https": other(
        ChangeKind.REVOKE,
        known(
            no_longer=what(rule("-1", (-1, -1))),
            closed=what(rule("tcp", (0, 442)), rule("tcp", (444, 65535)), rule("udp", (0, 65535))),
            open_since=seen(minutes=47),
            left=what(rule("tcp", (443, 443))),
            held=(held(rule("-1", (-1, -1))),),
        ),
        removed=(rule("-1", (-1, -1)),),
    ),
    "revoke_internal_leaves": other(
        ChangeKind.REVOKE,
        known(
            no_longer=what(ORDERS), left=what(rule("tcp", (5432, 5432), "10.20.5.0/24")), held=(held(ORDERS),)
        ),
        removed=(ORDERS,),
    ),
    "revoke_internal": other(
        ChangeKind.REVOKE,
        known(no_longer=what(ORDERS), held=(held(ORDERS),)),
        removed=(replace(ORDERS, description=None),),
    ),
    "revoke_closes_nothing": other(
        ChangeKind.REVOKE, known(still=(EVERY_PORT,), held=(held(SSH),)), removed=(SSH,)
    ),
    "revoke_by_ids": other(
        ChangeKind.REVOKE,
        known(
            no_longer=what(SSH, ORDERS),
            closed=what(SSH),
            open_since=Moment(AT - timedelta(days=4)),
            held=(
                held(SSH, Moment(AT - timedelta(days=4), after=AT - timedelta(days=6))),
                held(ORDERS, Moment(AT - timedelta(hours=3))),
            ),
        ),
        removed_rule_ids=(SSH.rule_id, ORDERS.rule_id),
    ),
    "revoke_by_one_id": other(
        ChangeKind.REVOKE,
        known(no_longer=what(ORDERS), held=(held(ORDERS),)),
        removed_rule_ids=(ORDERS.rule_id,),
    ),
    "revoke_by_id_not_read": other(
        ChangeKind.REVOKE, Meaning(Knowledge.NOT_READ), removed_rule_ids=(ORDERS.rule_id,)
    ),
    "modify": other(
        ChangeKind.MODIFY,
        known(
            newly=what(NOW_IS), opened=what(NOW_IS), no_longer=what(WAS), altered=(Alteration(WAS, NOW_IS),)
        ),
        modified=(DIRECTED,),
    ),
    "modify_not_read": other(
        ChangeKind.MODIFY,
        Meaning(
            Knowledge.NOT_READ, newly=what(NOW_IS), opened=what(NOW_IS), altered=(Alteration(None, NOW_IS),)
        ),
        modified=(DIRECTED,),
    ),
    "modify_nothing_known": other(ChangeKind.MODIFY, Meaning(Knowledge.NOT_READ), modified=(DIRECTED,)),
    "modify_closes": other(
        ChangeKind.MODIFY,
        known(
            no_longer=what(SSH),
            closed=what(SSH),
            open_since=seen(days=3),
            altered=(Alteration(SSH, replace(SSH_FROM_OFFICE, rule_id=SSH.rule_id)),),
        ),
        modified=(replace(SSH_FROM_OFFICE, rule_id=SSH.rule_id),),
    ),
    "modify_description_only": other(
        ChangeKind.MODIFY,
        known(altered=(Alteration(replace(ORDERS, description="old orders"), ORDERS),)),
        modified=(replace(ORDERS, direction=None),),
    ),
    "describe": other(
        ChangeKind.DESCRIBE,
        known(
            altered=(
                Alteration(replace(ORDERS, description="old orders"), ORDERS),
                Alteration(replace(SSH, description=None), SSH),
            )
        ),
        described=(
            DescriptionEdit(replace(ORDERS, rule_id=None), "orders"),
            DescriptionEdit(str(SSH.rule_id), "temp debug"),
        ),
    ),
    "describe_not_read": other(
        ChangeKind.DESCRIBE,
        Meaning(Knowledge.NOT_READ, altered=(Alteration(None, ORDERS),)),
        described=(DescriptionEdit(replace(ORDERS, rule_id=None), "orders"),),
    ),
    "create": other(ChangeKind.CREATE, known(newly=what(ALL_OUT))),
    "delete": other(
        ChangeKind.DELETE,
        known(
            no_longer=what(SSH, ALL_OUT),
            closed=what(SSH),
            open_since=seen(),
            held=(held(rule()), held(ALL_OUT, seen(CREATION))),
        ),
        group_name="old-bastion",
    ),
    "delete_of_what_was_acknowledged": other(
        ChangeKind.DELETE,
        known(
            no_longer=what(SSH, ORDERS),
            closed=what(SSH),
            open_since=Moment(AT - timedelta(minutes=47)),
            held=(
                held(SSH, Moment(AT - timedelta(minutes=47), after=AT - timedelta(minutes=52))),
                held(ORDERS, seen(replace(ERIN_OPENED, acceptance=Acceptance("U0AB12CD3", AT, NOTE)))),
            ),
        ),
    ),
    "delete_not_read": other(ChangeKind.DELETE, Meaning(Knowledge.NOT_READ)),
    "delete_partly_known": other(ChangeKind.DELETE, Meaning(Knowledge.NOT_READ, held=(held(SSH),))),
    "delete_unclear": other(ChangeKind.DELETE, Meaning(Knowledge.UNCLEAR, held=(held(SSH),))),
    "delete_not_read_of_what_was_open": other(
        ChangeKind.DELETE,
        Meaning(Knowledge.NOT_READ, held=(held(SSH),), closed=what(SSH), open_since=seen(minutes=47)),
    ),
    "delete_empty": other(ChangeKind.DELETE, known()),
    "delete_of_many": other(
        ChangeKind.DELETE,
        known(
            held=tuple(map(held, RANGES[:MAX_SHOWN])),
            more_held=980,
            no_longer=what(*RANGES[:MAX_SHOWN]),
            more_no_longer=980,
        ),
    ),
    "cut_known": other(
        ChangeKind.AUTHORIZE, known(newly=what(*RANGES[:MAX_SHOWN]), more_newly=980), is_cut=True
    ),
    "cut_revoke_known": other(
        ChangeKind.REVOKE,
        known(
            no_longer=what(*RANGES[:MAX_SHOWN]),
            more_no_longer=980,
            held=tuple(map(held, RANGES[:MAX_SHOWN])),
            more_held=980,
        ),
        is_cut=True,
    ),
    "thousand_rules": told(known(newly=what(*RANGES[:MAX_SHOWN]), more_newly=980), *RANGES),
    "still_open": noted(TAKEN),
    "closed": closed(told(OPENED, SSH), 47),
    "closed_after_acknowledged": closed(TAKEN, 47),
    "closed_unseen": closed(told(OPENED, SSH), 47, name=None, event_id=None),
    "closed_days_later": closed(told(OPENED, SSH), 3 * 24 * 60, since=None),
}


def worst(kind: ChangeKind, knowledge: Knowledge, letter: str = "&") -> Alert:
    """Give an alert of as many characters as can be: each a *letter*, of which one takes five to escape."""
    long = letter * 1000

    def hostile(number: int) -> Rule:
        words = f"{number:03}{long}"
        of = rule("50", (None, None), PrefixList(words), description=words, rule_id=words)
        return replace(of, protocol=words)

    rules = tuple(map(hostile, range(MAX_SHOWN)))
    author = Author("e", "e", ChangeKind.AUTHORIZE, AT, long, Acceptance("U0AB12CD3", AT, long))
    meaning = Meaning(
        knowledge,
        newly=rules,
        no_longer=rules,
        before=rules,
        left=rules,
        more_before=980,
        more_left=980,
        opened=rules if kind is ChangeKind.AUTHORIZE else (),
        closed=rules,
        open_since=Moment(AT - timedelta(days=9999)),
        altered=tuple(Alteration(each, replace(each, protocol=each.protocol[::-1])) for each in rules),
        held=tuple(Entry(each, Moment(AT, author), AT) for each in rules),
        already=rules,
        still=rules,
        more_newly=980,
        more_no_longer=980,
        more_held=980,
    )
    lines: dict[str, Any] = {
        "added": rules if kind is ChangeKind.AUTHORIZE else (),
        "modified": rules if kind is ChangeKind.MODIFY else (),
        "removed": rules if kind is ChangeKind.REVOKE else (),
        "described": tuple(DescriptionEdit(each, long) for each in rules)
        if kind is ChangeKind.DESCRIBE
        else (),
    }
    where = {"group_name": long, "vpc_id": long, "account_id": letter * 128, "region": letter * 128}
    told = change(kind=kind, **lines, **where)
    role = replace(told.principal, kind=PrincipalKind.ASSUMED_ROLE, name=long, role=long)
    alert = alert_of(replace(told, principal=role, origin=replace(told.origin, source_address=long)))
    taken = acknowledged(replace(alert, meaning=meaning), NOW)
    assert taken.acknowledgement is not None
    noted_at_length = replace(
        taken, acknowledgement=replace(taken.acknowledgement, note=long), remaining=rules
    )
    return noted_at_length if knowledge is not Knowledge.KNOWN else closed(noted_at_length, 10**6, name=long)
