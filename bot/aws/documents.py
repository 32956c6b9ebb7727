"""The facts as JSON documents for the table, and back."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_network
from typing import Any

from bot.core.alerts import Unread
from bot.core.assessment import Assessment, Finding, Remark, Severity
from bot.core.changes import (
    ChangeKind,
    DescriptionEdit,
    Digest,
    Discovery,
    Evidence,
    Membership,
    Origin,
    OriginKind,
    Outcome,
    PrefixListEdit,
    Principal,
    PrincipalKind,
    SecurityGroupChange,
    Tagging,
    VpcAssociation,
)
from bot.core.parts import Reading
from bot.core.rules import Direction, IcmpType, PortRange, PrefixList, ReferencedGroup, Rule, Source

Document = dict[str, Any]

# A ledger is read for each event of its group, and holds a thousand networks at the most.
_NETWORKS_AT_HAND = 4096


def write_rule(rule: Rule) -> Document:
    """Write *rule* with short names: a call may hold a thousand."""
    return _without_nones(
        {
            "dir": rule.direction.value if rule.direction else None,
            "proto": rule.protocol,
            "ports": [rule.ports.first, rule.ports.last] if rule.ports else None,
            "icmp": [rule.icmp.type, rule.icmp.code] if rule.icmp else None,
            "src": _write_source(rule.source),
            "desc": rule.description,
            "id": rule.rule_id,
        }
    )


def read_rule(document: Mapping[str, Any]) -> Rule:
    """Read what write_rule wrote."""
    ports, icmp = document.get("ports"), document.get("icmp")
    return Rule(
        direction=Direction(document["dir"]) if "dir" in document else None,
        protocol=document["proto"],
        ports=PortRange(*ports) if ports else None,
        icmp=IcmpType(*icmp) if icmp else None,
        source=_read_source(document["src"]),
        description=document.get("desc"),
        rule_id=document.get("id"),
    )


def write_digest(digest: Digest) -> Document:
    """Write *digest* with the change it holds."""
    change = digest.change
    return _without_nones(
        {
            "event_id": change.event_id,
            "event_name": change.event_name,
            "kind": change.kind.value,
            "time": change.time.isoformat(),
            "account": change.account_id,
            "region": change.region,
            "group_id": change.group_id,
            "group_name": change.group_name,
            "vpc_id": change.vpc_id,
            "principal": _without_nones(
                {
                    "kind": change.principal.kind.value,
                    "name": change.principal.name,
                    "account": change.principal.account_id,
                    "role": change.principal.role,
                    "key": change.principal.key or None,
                    "session": change.principal.session or None,
                    "mfa": change.principal.has_mfa,
                }
            ),
            "origin": _without_nones(
                {
                    "kind": change.origin.kind.value if change.origin.kind else None,
                    "address": change.origin.source_address,
                    "service": change.origin.service,
                    "evidence": change.origin.evidence.value if change.origin.evidence else None,
                }
            ),
            "outcome": None if change.outcome is Outcome.SUCCEEDED else change.outcome.value,
            "error": change.error_code,
            "added": [write_rule(rule) for rule in change.added] or None,
            "removed": [write_rule(rule) for rule in change.removed] or None,
            "removed_ids": list(change.removed_rule_ids) or None,
            "modified": [write_rule(rule) for rule in change.modified] or None,
            "described": [_write_edit(edit) for edit in change.described] or None,
            "effect": _write_effect(change.effect),
            "cut": change.is_cut or None,
            "mentioned": list(change.mentioned) or None,
            "count": digest.count,
        }
    )


def read_digest(document: Mapping[str, Any]) -> Digest:
    """Read what write_digest wrote."""
    principal, origin = document["principal"], document["origin"]
    change = SecurityGroupChange(
        event_id=document["event_id"],
        event_name=document["event_name"],
        kind=ChangeKind(document["kind"]),
        time=datetime.fromisoformat(document["time"]),
        account_id=document["account"],
        region=document["region"],
        group_id=document.get("group_id"),
        group_name=document.get("group_name"),
        vpc_id=document.get("vpc_id"),
        principal=Principal(
            kind=PrincipalKind(principal["kind"]),
            name=principal["name"],
            account_id=principal.get("account"),
            role=principal.get("role"),
            key=principal.get("key", ""),
            session=principal.get("session", ""),
            has_mfa=principal.get("mfa"),
        ),
        origin=Origin(
            kind=OriginKind(origin["kind"]) if "kind" in origin else None,
            source_address=origin.get("address"),
            service=origin.get("service"),
            evidence=Evidence(origin["evidence"]) if "evidence" in origin else None,
        ),
        outcome=Outcome(document.get("outcome", Outcome.SUCCEEDED)),
        error_code=document.get("error"),
        added=tuple(read_rule(rule) for rule in document.get("added", ())),
        removed=tuple(read_rule(rule) for rule in document.get("removed", ())),
        removed_rule_ids=tuple(document.get("removed_ids", ())),
        modified=tuple(read_rule(rule) for rule in document.get("modified", ())),
        described=tuple(_read_edit(edit) for edit in document.get("described", ())),
        effect=_read_effect(document["effect"]) if "effect" in document else None,
        is_cut=document.get("cut", False),
        mentioned=tuple(document.get("mentioned", ())),
    )
    return Digest(change, document["count"])


def write_reading(reading: Reading) -> Document:
    """Write *reading*."""
    rules = [write_rule(rule) for rule in reading.rules]
    return {"at": reading.at.isoformat(), "rules": rules, "count": reading.count}


def read_reading(document: Mapping[str, Any]) -> Reading:
    """Read what write_reading wrote."""
    rules = tuple(read_rule(rule) for rule in document["rules"])
    return Reading(datetime.fromisoformat(document["at"]), rules, document["count"])


def write_unread(unread: Unread) -> Document:
    """Write *unread*."""
    return _without_nones({"at": unread.at.isoformat(), "code": unread.code, "role": unread.role})


def read_unread(document: Mapping[str, Any]) -> Unread:
    """Read what write_unread wrote."""
    return Unread(datetime.fromisoformat(document["at"]), document["code"], document.get("role"))


def write_assessment(assessment: Assessment) -> Document:
    """Write *assessment*; severities by name, so that a level added between two moves no stored one."""
    return {
        "severity": assessment.severity.name,
        "findings": [write_finding(finding) for finding in assessment.findings],
        "more_findings": assessment.more_findings,
        **({"who": [write_remark(entry) for entry in assessment.about_who]} if assessment.about_who else {}),
        **({"remarks": [write_remark(each) for each in assessment.remarks]} if assessment.remarks else {}),
    }


def read_assessment(document: Mapping[str, Any]) -> Assessment:
    """Read what write_assessment wrote."""
    findings = tuple(read_finding(entry) for entry in document["findings"])
    remarks = tuple(read_remark(entry) for entry in document.get("remarks", ()))
    about_who = tuple(read_remark(entry) for entry in document.get("who", ()))
    return Assessment(Severity[document["severity"]], findings, document["more_findings"], remarks, about_who)


def write_finding(finding: Finding) -> Document:
    """Write *finding*."""
    return _without_nones(
        {
            "severity": finding.severity.name,
            "traffic": finding.traffic,
            "audience": finding.audience,
            "control": finding.control,
        }
    )


def read_finding(document: Mapping[str, Any]) -> Finding:
    """Read what write_finding wrote."""
    severity = Severity[document["severity"]]
    return Finding(severity, document["traffic"], document["audience"], document.get("control"))


def write_remark(remark: Remark) -> Document:
    """Write *remark*."""
    return _without_nones(
        {
            "severity": remark.severity.name,
            "sentence": remark.sentence,
            "control": remark.control,
            "of_group": remark.of_group or None,
            "in_short": remark.in_short,
        }
    )


def read_remark(document: Mapping[str, Any]) -> Remark:
    """Read what write_remark wrote."""
    severity, of_group = Severity[document["severity"]], document.get("of_group", False)
    return Remark(severity, document["sentence"], document.get("control"), of_group, document.get("in_short"))


def _write_edit(edit: DescriptionEdit) -> Document:
    rule = edit.rule if isinstance(edit.rule, str) else write_rule(edit.rule)
    return _without_nones({"rule": rule, "desc": edit.description})


def _read_edit(document: Mapping[str, Any]) -> DescriptionEdit:
    rule = document["rule"]
    return DescriptionEdit(rule if isinstance(rule, str) else read_rule(rule), document.get("desc"))


def _write_effect(
    effect: Membership | Tagging | VpcAssociation | PrefixListEdit | Discovery | None,
) -> Document | None:
    match effect:
        case None:
            return None
        case Membership(resource_id):
            return {"member": resource_id}
        case Tagging(tags):
            return {"tags": [list(tag) for tag in tags]}
        case VpcAssociation(vpc_id):
            return {"vpc": vpc_id}
        case Discovery(after):
            return {"after": after.isoformat() if after else None}
        case PrefixListEdit(prefix_list_id, added, removed, restored_version, version):
            return _without_nones(
                {
                    "prefix_list": prefix_list_id,
                    "added": [[str(network), description] for network, description in added],
                    "removed": [str(network) for network in removed],
                    "restored": restored_version,
                    "version": version,
                }
            )


def _read_effect(
    document: Mapping[str, Any],
) -> Membership | Tagging | VpcAssociation | PrefixListEdit | Discovery:
    if "member" in document:
        return Membership(document["member"])
    if "tags" in document:
        return Tagging(tuple((key, value) for key, value in document["tags"]))
    if "vpc" in document:
        return VpcAssociation(document["vpc"])
    if "after" in document:
        return Discovery(datetime.fromisoformat(document["after"]) if document["after"] else None)
    return PrefixListEdit(
        prefix_list_id=document["prefix_list"],
        added=tuple((ip_network(text), description) for text, description in document["added"]),
        removed=tuple(ip_network(text) for text in document["removed"]),
        restored_version=document.get("restored"),
        version=document.get("version"),
    )


def _write_source(source: Source) -> str | Document:
    match source:
        case PrefixList(prefix_list_id):
            return {"prefix_list": prefix_list_id}
        case ReferencedGroup(group_id, account_id):
            return _without_nones({"group": group_id, "account": account_id})
        case network:
            return str(network)


_read_network = lru_cache(_NETWORKS_AT_HAND)(ip_network)


def _read_source(document: str | Mapping[str, str]) -> Source:
    if isinstance(document, str):
        return _read_network(document)
    if "prefix_list" in document:
        return PrefixList(document["prefix_list"])
    return ReferencedGroup(document["group"], document.get("account"))


def _without_nones(document: Document) -> Document:
    return {name: value for name, value in document.items() if value is not None}
