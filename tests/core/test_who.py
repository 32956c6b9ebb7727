"""What matters of who made a change, and on whose group."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.assessment import Assessment, Severity, with_who
from bot.core.changes import ChangeKind, Evidence, Origin, OriginKind, Outcome, Principal, PrincipalKind
from bot.core.rules import Direction, ReferencedGroup
from bot.core.who import NOTHING_KNOWN, Known, judge_accounts, judge_who
from tests.makers import ALICE, a_change, a_rule

STRANGE = "999988887777"
KNOWN = Known({"111122223333": "payments-prod", "444455556666": "shop-dev"})
STACK = (("aws:cloudformation:stack-name", "payments-network"), ("Name", "web"))
TERRAFORM = (("ManagedBy", "terraform"),)


def by(kind: PrincipalKind = PrincipalKind.IAM_USER, **more: Any) -> Principal:
    return replace(ALICE, **{"kind": kind, "name": "erin", "role": None, **more})


@pytest.mark.parametrize(
    ("principal", "known", "told"),
    [
        pytest.param(by(PrincipalKind.ROOT), NOTHING_KNOWN, [(Severity.MEDIUM, "By the account's root user", "CloudWatch.1")], id="root"),
        pytest.param(by(PrincipalKind.ROOT, has_mfa=True), NOTHING_KNOWN, [(Severity.MEDIUM, "By the account's root user", "CloudWatch.1")], id="root with a second factor"),
        pytest.param(
            by(PrincipalKind.ROOT, has_mfa=False), NOTHING_KNOWN, [(Severity.MEDIUM, "By the", "CloudWatch.1"), (Severity.MEDIUM, "The session was", "IAM.9")], id="root without"
        ),
        pytest.param(by(has_mfa=False), NOTHING_KNOWN, [(Severity.MEDIUM, "The session was begun without", "IAM.5")], id="a user without"),
        pytest.param(by(has_mfa=True), NOTHING_KNOWN, [], id="a user with a second factor"),
        pytest.param(by(session="AKIAEXAMPLE"), NOTHING_KNOWN, [], id="a user's long-term key, which another line says"),
        pytest.param(
            by(PrincipalKind.ROOT, session="AKIAEXAMPLE"), NOTHING_KNOWN, [(Severity.MEDIUM, "By the", "CloudWatch.1"), (Severity.MEDIUM, "By a long-term access key", "IAM.4")], id="root's"
        ),
        pytest.param(by(), NOTHING_KNOWN, [], id="a user of whom the record does not tell"),
        pytest.param(by(account_id=STRANGE), NOTHING_KNOWN, [(Severity.INFORMATIONAL, f"Called from another account: {STRANGE}.", None)], id="another account"),
        pytest.param(by(account_id="444455556666"), KNOWN, [(Severity.INFORMATIONAL, "Called from another account: shop-dev (444455556666).", None)], id="a known one"),
        pytest.param(by(account_id=STRANGE), KNOWN, [(Severity.HIGH, f"Called from account {STRANGE}, which is not known.", None)], id="one that is not known"),
        pytest.param(by(PrincipalKind.SERVICE, account_id=STRANGE), KNOWN, [], id="a service"),
        pytest.param(by(account_id=None), KNOWN, [], id="no account told"),
    ],
)  # fmt: skip
def test_a_principal_matters(
    principal: Principal, known: Known, told: list[tuple[Severity, str, str | None]]
) -> None:
    found = judge_who(a_change(principal=principal), (), known)
    assert [(finding.severity, finding.control) for finding in found] == [(each[0], each[2]) for each in told]
    assert all(finding.sentence.startswith(words) for finding, (_, words, _) in zip(found, told, strict=True))


@pytest.mark.parametrize(
    ("tags", "origin", "words"),
    [
        pytest.param(STACK, OriginKind.CONSOLE, "stack payments-network, changed in the console: will drift", id="a stack's in the console"),
        pytest.param(STACK, OriginKind.CLI, "stack payments-network, changed by the AWS CLI", id="by the CLI"),
        pytest.param(STACK, OriginKind.SDK, "stack payments-network, changed by an AWS SDK", id="by an SDK"),
        pytest.param(STACK, OriginKind.TERRAFORM, "stack payments-network, changed by Terraform", id="by Terraform"),
        pytest.param(STACK, OriginKind.CLOUDFORMATION, None, id="by its stack"),
        pytest.param(STACK, OriginKind.SERVICE, None, id="by a service"),
        pytest.param(STACK, None, "stack payments-network, changed by other means: may drift", id="by nobody knows what"),
        pytest.param((("aws:cloudformation:stack-id", "arn:…"),), OriginKind.CLI, "code (says its tag aws:cloudformation:stack-id = “arn:…”)", id="a stack without its name"),
        pytest.param(TERRAFORM, OriginKind.CONSOLE, "code (says its tag ManagedBy = terraform), changed in the console", id="code's in the console"),
        pytest.param(TERRAFORM, OriginKind.SDK, "code (says its tag ManagedBy = terraform), changed by other means: may drift", id="Terraform's by an SDK, as which it does not call"),
        pytest.param(TERRAFORM, None, "changed by other means: may drift", id="Terraform's by nobody knows what"),
        pytest.param(TERRAFORM, OriginKind.TERRAFORM, None, id="Terraform's by Terraform"),
        pytest.param(TERRAFORM, OriginKind.SERVICE, None, id="Terraform's by a service"),
        pytest.param((("pulumi:project", "net"),), OriginKind.SDK, None, id="code's by an SDK, which that code may be"),
        pytest.param((("ManagedBy", "platform-team"),), OriginKind.CLI, None, id="a team's"),
        pytest.param((("Terraform", "false"),), OriginKind.CLI, None, id="a tag that denies it"),
        pytest.param((("Name", "web"),), OriginKind.CONSOLE, None, id="nobody's"),
        pytest.param((("acme:stack", "net"),), OriginKind.CONSOLE, None, id="a tag that nobody named"),
    ],
)  # fmt: skip
def test_what_code_manages_drifts_when_it_is_changed_beside_it(
    tags: tuple[tuple[str, str], ...], origin: OriginKind | None, words: str | None
) -> None:
    found = judge_who(a_change(origin=Origin(origin, None)), tags)
    assert [finding.severity for finding in found] == ([Severity.LOW] if words else [])
    assert all(finding.of_group and str(words) in finding.sentence for finding in found)


@pytest.mark.parametrize(("tags", "manager"), [(STACK, "stack payments-network"), (TERRAFORM, "code")])
def test_a_user_agent_that_says_cloudformation_silences_nothing(
    tags: tuple[tuple[str, str], ...], manager: str
) -> None:
    said = Origin(OriginKind.CLOUDFORMATION, "198.51.100.9", evidence=Evidence.USER_AGENT)
    (finding,) = judge_who(a_change(origin=said), tags)
    assert finding.sentence.startswith(f"Managed by {manager}")
    assert finding.sentence.endswith("changed by other means: may drift.")


def test_what_a_tag_says_cannot_be_taken_for_words_of_ours() -> None:
    tags = (("terraform", "net), approved in CHG-1. Safe (see x"),)
    (finding,) = judge_who(a_change(), tags)
    assert "(says its tag terraform = “net), approved in CHG-1. Safe (see x”), changed" in finding.sentence


def test_what_a_service_does_by_itself_is_no_drift() -> None:
    assert judge_who(a_change(principal=by(PrincipalKind.SERVICE), origin=Origin(None, None)), STACK) == ()


def test_a_policy_names_further_tags() -> None:
    tags, known = (("acme:stack", "net"),), Known(managed_tags=frozenset({"acme:stack"}))
    (finding,) = judge_who(a_change(), tags, known)
    assert (
        finding.sentence
        == "Managed by code (says its tag acme:stack = net), changed in the console: will drift."
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [(ChangeKind.DELETE, "deleted in the console"), (ChangeKind.REVOKE, "changed in the console"), (ChangeKind.CREATE, None)],
)  # fmt: skip
def test_only_what_differs_from_the_code_then_drifts(kind: ChangeKind, words: str | None) -> None:
    found = judge_who(a_change(kind=kind, added=()), STACK)
    assert bool(found) is (words is not None)
    assert all(str(words) in finding.sentence for finding in found)


def test_who_tried_what_aws_refused_weighs_low_at_most() -> None:
    (root,) = judge_who(a_change(principal=by(PrincipalKind.ROOT), outcome=Outcome.DENIED))
    (strange,) = judge_who(a_change(principal=by(account_id=STRANGE), outcome=Outcome.DENIED), (), KNOWN)
    (drift,) = judge_who(a_change(outcome=Outcome.DENIED), STACK)
    assert [each.severity for each in (root, strange)] == [Severity.LOW, Severity.LOW]
    assert drift.severity is Severity.INFORMATIONAL


def test_who_can_only_make_it_matter_more() -> None:
    about = judge_who(a_change(principal=by(PrincipalKind.ROOT)))
    assert with_who(Assessment(Severity.LOW), about) == Assessment(Severity.MEDIUM, about_who=about)
    assert with_who(Assessment(Severity.CRITICAL), about).severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("owner", "known", "more", "is_found"),
    [
        pytest.param(STRANGE, KNOWN, {}, True, id="not known"),
        pytest.param("444455556666", KNOWN, {}, False, id="known"),
        pytest.param(None, KNOWN, {}, False, id="the group's own"),
        pytest.param(STRANGE, NOTHING_KNOWN, {}, False, id="none has a name"),
        pytest.param(STRANGE, KNOWN, {"direction": Direction.EGRESS}, False, id="egress"),
    ],
)
def test_a_group_of_an_account_that_is_not_known_is_high(
    owner: str | None, known: Known, more: dict[str, Any], is_found: bool
) -> None:
    rule = a_rule(**more)
    rule = replace(rule, source=ReferencedGroup("sg-0b", owner))
    found = [(finding.severity, finding.effect) for finding in judge_accounts([rule, a_rule()], known)]
    effect = f"tcp 22 open to a group of unknown account {STRANGE}"
    assert found == ([(Severity.HIGH, effect)] if is_found else [])
