"""The words for changes, rules and people that cards, modals and lists share; what they return is not escaped."""

from collections.abc import Sequence

from bot.core.alerts import Alert
from bot.core.assessment import Assessment, Severity
from bot.core.bursts import DENIED_WITHIN
from bot.core.changes import (
    PERSON,
    SESSION,
    ChangeKind,
    Digest,
    Evidence,
    Membership,
    OriginKind,
    Outcome,
    PrefixListEdit,
    Principal,
    PrincipalKind,
    SecurityGroupChange,
    Tagging,
    VpcAssociation,
)
from bot.core.identity import permission_set
from bot.core.meaning import Meaning
from bot.core.named_networks import NO_NAMES, NamedNetworks
from bot.core.people import Person
from bot.core.places import ANYWHERE, Places
from bot.core.quoting import as_name
from bot.core.rules import ALL_PORTS, Direction, ReferencedGroup, Rule, Source, source_order, source_words
from bot.slack.text import counted, cut

SEVERITY_WORDS = {
    Severity.CRITICAL: "🔴 Critical",
    Severity.HIGH: "🟠 High",
    Severity.MEDIUM: "🟡 Medium",
    Severity.LOW: "🔵 Low",
    Severity.INFORMATIONAL: "🔵 Informational",
}

MAX_NAME = 80
_MAX_SESSION, _MAX_OWNER = 60, 40
_MAX_DESCRIPTION = 80
_MAX_TAG = 80


def rule_words(rule: Rule, networks: NamedNetworks = NO_NAMES) -> str:
    """
    Say what *rule* admits, with its description; *networks* have names.

    >>> from ipaddress import ip_network
    >>> from bot.core.rules import make_rule
    >>> rule_words(make_rule(direction=Direction.INGRESS, protocol="tcp", from_port=22, to_port=22,
    ...                      source=ip_network("10.0.0.0/8"), description="vpn"))
    'ingress tcp 22 from 10.0.0.0/8 "vpn"'
    """
    return f"{_content_words(rule, networks)}{quoted(rule.description)}"


def _content_words(rule: Rule, networks: NamedNetworks = NO_NAMES) -> str:
    way = "to" if rule.direction is Direction.EGRESS else "from"
    return f"{traffic_words(rule)} {way} {whom_words(rule.source, networks)}"


def whom_words(source: Source, networks: NamedNetworks) -> str:
    """
    Name *source* as AWS writes it, behind its name among *networks* if it has one there.

    >>> from ipaddress import ip_network
    >>> whom_words(ip_network("203.0.113.0/24"), NamedNetworks((("Seoul office", ip_network("203.0.113.0/24")),)))
    'Seoul office (203.0.113.0/24)'
    """
    if isinstance(source, ReferencedGroup) and (called := networks.name_of_group(source.group_id)):
        return f"{as_name(called, MAX_NAME)} ({source_words(source)})"
    name = networks.name_of_source(source)
    return f"{name} ({source_words(source)})" if name else source_words(source)


def traffic_words(rule: Rule) -> str:
    """Say what *rule* is about, with the way it goes if that is known."""
    return f"{rule.direction} {rule.traffic}" if rule.direction else rule.traffic


def quoted(description: str | None) -> str:
    """Put *description*, cut, in quotes, behind what it describes; nothing where there is none."""
    return f' "{cut(description, _MAX_DESCRIPTION)}"' if description else ""


def tag_words(key: str, value: str | None) -> str:
    """Show a tag, of which a removal may name the key alone."""
    return cut(key, _MAX_TAG) if value is None else f"{cut(key, _MAX_TAG)} = {cut(value, _MAX_TAG)}"


def group_words(change: SecurityGroupChange, name: str | None = None) -> str:
    """Name what *change* is about by the best that is known: a group, the first of several, a prefix list."""
    if isinstance(change.effect, PrefixListEdit):
        return f"prefix list {change.effect.prefix_list_id}"
    known = name or change.group_name or change.group_id
    if known:
        return as_name(known, MAX_NAME)
    if change.mentioned and change.kind is not ChangeKind.NOT_UNDERSTOOD:
        more = len(change.mentioned) - 1
        return f"{change.mentioned[0]} and {counted(more, 'more group')}"
    return "a group that the record does not name"


def alert_group_words(alert: Alert) -> str:
    """Name what *alert* is about by the best that is known."""
    return group_words(alert.digest.change, alert.group_name)


def name_words(principal: Principal, person: Person | None = None) -> str:
    """
    Say what *principal* is called, and where it chose that itself and it passes for somebody: an address as a session's name.

    *person* is whom Slack knows by that address.
    """
    is_chosen = principal.kind is PrincipalKind.ASSUMED_ROLE and "@" in principal.name
    if not is_chosen or permission_set(principal):
        named = f"{cut(person.name, MAX_NAME)} · " if person else ""
        return f"{named}{cut(principal.name, MAX_NAME)}"
    whose = f"; {cut(person.name, _MAX_OWNER)}'s address" if person else ""
    return f"{cut(principal.name, _MAX_SESSION)} (session name{whose})"


def principal_words(principal: Principal, person: Person | None = None) -> list[str]:
    """Say who called: the name people know, then what they acted as; *person* is who that is in Slack, if that is known."""
    match principal.kind:
        case PrincipalKind.ROOT:
            return ["root user"]
        case PrincipalKind.ASSUMED_ROLE:
            sso = permission_set(principal)
            acted_as = f"SSO {sso}" if sso else f"role {principal.role}" if principal.role else "a role"
            return [name_words(principal, person), acted_as]
        case PrincipalKind.UNKNOWN:
            return [name_words(principal)]
        case PrincipalKind.IAM_USER if principal.has_long_term_key and principal.has_mfa is None:
            return [name_words(principal), f"{PrincipalKind.IAM_USER}, long-term key"]
        case kind:
            return [name_words(principal), str(kind)]


def who_line(change: SecurityGroupChange, places: Places = ANYWHERE, person: Person | None = None) -> str:
    """
    Say on one line who made *change*, by what means, as what, of which account unless it is the group's, and from where, as
    far as the record tells. *person* is who that is in Slack, if that is known.
    """
    name, *acted_as = principal_words(change.principal, person)
    account_id = change.principal.account_id
    if account_id and account_id != change.account_id and change.principal.kind is not PrincipalKind.ACCOUNT:
        acted_as.append(f"of {places.account(account_id)}")
    address = change.origin.source_address
    where = [f"from {places.networks.where(address)}"] if address else []
    rest = (cut(word, MAX_NAME) for word in (*means_words(change, places), *acted_as, *where))
    return " · ".join(dict.fromkeys((name, *rest)))  # a service is both the means and who acted


def means_words(change: SecurityGroupChange, places: Places = ANYWHERE) -> list[str]:
    """
    Say by what means *change* was made; nothing where nobody tells.

    Of means that people trust, it is said where the caller alone says so: not where its role is called so too, which stands beside
    it, and the policy may expect that role to call from there. To pass for the CLI or an SDK gains nobody anything.
    """
    origin, principal = change.origin, change.principal
    match origin.kind, origin.evidence:
        case None, _:
            return []
        case OriginKind.TERRAFORM, Evidence.USER_AGENT if places.expects(change):
            return [str(OriginKind.TERRAFORM)]
        case (
            OriginKind.CONSOLE | OriginKind.TERRAFORM | OriginKind.CLOUDFORMATION
        ) as kind, Evidence.USER_AGENT:
            return [f"{kind} (says its user agent)"]
        case (OriginKind.SERVICE | OriginKind.CLOUDFORMATION) as kind, Evidence.SERVICE if _is_a_person(
            principal
        ):
            service = f" {origin.service}" if kind is OriginKind.SERVICE and origin.service else ""
            return [f"{kind}{service} on their behalf"]
        case OriginKind.SERVICE, Evidence.SERVICE if origin.service and principal.role:
            return [f"{OriginKind.SERVICE} {origin.service}"]
        case kind, _:
            return [str(kind)]


def _is_a_person(principal: Principal) -> bool:
    """Whether somebody stands behind *principal*, rather than a service or a role that services take on."""
    kinds = (
        PrincipalKind.IAM_USER,
        PrincipalKind.ROOT,
        PrincipalKind.FEDERATED_USER,
        PrincipalKind.IDENTITY_CENTER,
    )
    return principal.kind in kinds or principal.key.startswith((PERSON, SESSION))


def what_words(digest: Digest, meaning: Meaning | None = None, *, is_listed: bool = False) -> str:
    """
    Say in a few words what the call did, or what it did not do as AWS refused it, to complete "web-prod: …".

    *meaning* tells which rule went where the call names it by its id alone. *is_listed* says that below stands what a rule
    was and is now.
    """
    change, count = digest.change, digest.count
    done = "" if change.outcome is Outcome.SUCCEEDED else "not "
    match change.kind, change.effect:
        case ChangeKind.CREATE, _:
            return f"{done}created"
        case ChangeKind.DELETE, _:
            return f"{done}deleted"
        case ((ChangeKind.AUTHORIZE | ChangeKind.REVOKE | ChangeKind.MODIFY | ChangeKind.DESCRIBE), _) if (
            change.is_cut
        ):
            return f"rules {done}{_DONE[change.kind]}, AWS left out which"
        case ChangeKind.AUTHORIZE, _:
            return f"{_rules_words(change.added, count)} {done}added"
        case ChangeKind.REVOKE, _:
            removed = change.removed or [entry.rule for entry in (meaning.held if meaning else ())]
            return f"{_rules_words(removed, count)} {done}removed"
        case ChangeKind.FOUND, _ if change.added and change.removed:
            return f"{counted(count, 'rule')} changed"
        case ChangeKind.FOUND, _:
            done = "added" if change.added else "removed"
            return f"{_rules_words(change.added or change.removed, count)} {done}"
        case ChangeKind.MODIFY, _:
            into = (
                f" to {_content_words(change.modified[0])}"
                if count == 1 and change.modified and not is_listed
                else ""
            )
            return f"{counted(count, 'rule')} {done}changed{into}"
        case ChangeKind.DESCRIBE, _:
            return (
                f"{'description' if count == 1 else 'descriptions'} of {counted(count, 'rule')} {done}changed"
            )
        case ChangeKind.ASSOCIATE, VpcAssociation(vpc_id):
            return f"{done}associated with {vpc_id}"
        case ChangeKind.DISASSOCIATE, VpcAssociation(vpc_id):
            return f"{done}disassociated from {vpc_id}"
        case ChangeKind.MEMBERSHIP, Membership(resource_id):
            return f"{done}put on {resource_id}"
        case ((ChangeKind.TAG | ChangeKind.UNTAG), Tagging(tags)):
            which = (
                f"tag {as_name(tags[0][0], _MAX_TAG)}"
                if count == 1
                else counted(count, "tag")
                if tags
                else "all tags"
            )
            return f"{which} {done}{'set' if change.kind is ChangeKind.TAG else 'removed'}"
        case ChangeKind.PREFIX_LIST, _ if change.is_cut:
            return f"{done}changed, AWS left out how"
        case ChangeKind.PREFIX_LIST, PrefixListEdit() as edit:
            return _edit_of_list_words(edit, count, done)
        case _:
            return f"{change.event_name}, not understood"


_DONE = {
    ChangeKind.AUTHORIZE: "added",
    ChangeKind.REVOKE: "removed",
    ChangeKind.MODIFY: "changed",
    ChangeKind.DESCRIBE: "described anew",
}


def _edit_of_list_words(edit: PrefixListEdit, count: int, done: str) -> str:
    if edit.restored_version is not None:
        return f"{done}set back to version {edit.restored_version}"
    if not count:
        return f"{done}changed, but for its entries"
    is_cut = count > len(edit.added) + len(edit.removed)
    how = "changed" if is_cut or (edit.added and edit.removed) else "added" if edit.added else "removed"
    return f"with {'1 entry' if count == 1 else f'{count:,} entries'} {done}{how}"


def effect_words(assessment: Assessment) -> str | None:
    """Say what the worst findings come to, to complete "… on web-prod"; None without findings."""
    if not assessment.findings:
        return None
    worst, *others = assessment.findings
    alike = sum(finding.audience == worst.audience for finding in others)
    at_least = "at least " if assessment.more_findings else ""
    return f"{worst.traffic} and {at_least}{alike} more open to {worst.audience}" if alike else worst.effect


def outcome_words(change: SecurityGroupChange) -> str:
    """Say what AWS answered."""
    match change.outcome:
        case Outcome.SUCCEEDED:
            return "AWS reports success"
        case Outcome.DENIED:
            return f"AWS refused: not authorised ({change.error_code})"
        case Outcome.FAILED if change.error_code == "Client.DryRunOperation":
            return "A dry run"
        case Outcome.FAILED:
            return f"AWS refused: {change.error_code}"


def attempt_words(alert: Alert, shown: int) -> list[str]:
    """Count the attempts that AWS denied a session of late; nothing where the card shows all of them, *shown*."""
    count = alert.attempts
    if count <= shown:
        return []
    minutes = int(DENIED_WITHIN.total_seconds() // 60)
    if shown > 1 or count not in _ORDINALS:
        return [f"{count} denied attempts in {minutes} min."]
    return [f"{_ORDINALS[count]} denied attempt in {minutes} min."]


_ORDINALS = dict(
    enumerate(("Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth"), 2)
)


def in_reading_order(rules: Sequence[Rule], direction: Direction | None) -> list[Rule]:
    """Put the rules of one direction into a steady order: by protocol, ports and source."""
    return sorted(
        (rule for rule in rules if rule.direction is direction),
        key=lambda rule: (rule.protocol, rule.ports or ALL_PORTS, rule.traffic, source_order(rule.source)),
    )


def _rules_words(rules: Sequence[Rule], count: int) -> str:
    """Name one rule, or count several."""
    return _content_words(rules[0]) if count == 1 and rules else counted(count, "rule")
