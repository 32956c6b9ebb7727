"""Short stories that a visitor plays with one click: a few EC2 calls each, and what is to be seen."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.core.found import WAIT
from bot.core.ledger import SURE_AFTER_SECONDS
from sandbox.principals import (
    ALICE,
    BALANCER,
    BOB,
    DANA,
    ERIN,
    FRANK,
    PRETENDER,
    ROOT,
    STRANGER,
    TERRAFORM,
    THROUGH_CLOUDFORMATION,
    Principal,
)

if TYPE_CHECKING:
    from sandbox.world import Sandbox

PRINCIPALS: dict[str, tuple[str, Principal]] = {
    "alice": ("alice, AWS console", ALICE),
    "erin": ("erin, AWS CLI", ERIN),
    "terraform": ("ci-terraform", TERRAFORM),
    "root": ("the root user", ROOT),
    "bob": ("bob, who may not", BOB),
    "dana": ("dana, console without MFA", DANA),
    "cloudformation": ("CloudFormation, for alice", THROUGH_CLOUDFORMATION),
    "balancer": ("a load balancer's own role", BALANCER),
    "mallory": ("mallory, who says Terraform", PRETENDER),
    "stranger": ("an account nobody knows", STRANGER),
}
"""Who may make a call, with how they are called on the page."""

ANYWHERE = "0.0.0.0/0"
APPS = 40
HOSTILE = "prod; *@channel* &lt;!here&gt; `x` _y_"


@dataclass(frozen=True, slots=True)
class Story:
    """A title, what to watch for, and what makes the calls."""

    title: str
    note: str
    play: Callable[["_Stage"], None]


class _Stage:
    """
    What a story is played on: calls to EC2 on the group *name*, and what may happen to their events.

    Each story is a session of its own, so that it gathers with no other one that a visitor plays in the same minute.
    """

    def __init__(self, sandbox: "Sandbox", name: str) -> None:
        self.sandbox = sandbox
        self.groups = sandbox.groups
        self.name = name
        self.session = uuid.uuid4().hex[:12].upper()
        self.events: list[dict[str, Any]] = []

    def call(self, operation: str, principal: Principal = ALICE, **parameters: Any) -> dict[str, Any]:
        event = self.groups.call(operation, self._in_session(principal), **parameters)
        self.events.append(event)
        record: dict[str, Any] = event["detail"]
        return record

    def _in_session(self, principal: Principal) -> Principal:
        return replace(principal, identity={**principal.identity, "accessKeyId": f"ASIA{self.session}"})

    def open(
        self, port: int, source: str, text: str | None = None, principal: Principal = ALICE, name: str = ""
    ) -> str | None:
        """Add a rule for one tcp port and give its id, None where EC2 refused."""
        record = self.call(
            "AuthorizeSecurityGroupIngress",
            principal,
            GroupId=self.groups.ids[name or self.name],
            IpPermissions=[self.groups.permission(port, source, text)],
        )
        rules = ((record["responseElements"] or {}).get("securityGroupRuleSet") or {}).get("items") or [{}]
        rule_id: str | None = rules[0].get("securityGroupRuleId")
        return rule_id

    def close(self, port: int, source: str, principal: Principal = ALICE) -> None:
        """Revoke a rule by what it admits."""
        permissions = [self.groups.permission(port, source, None)]
        self.call(
            "RevokeSecurityGroupIngress",
            principal,
            GroupId=self.groups.ids[self.name],
            IpPermissions=permissions,
        )

    def close_by_id(self, rule_id: str | None, principal: Principal = ALICE) -> None:
        """Revoke a rule by its id; its event does not say what it admitted."""
        if rule_id:
            self.call(
                "RevokeSecurityGroupIngress",
                principal,
                GroupId=self.groups.ids[self.name],
                SecurityGroupRuleIds=[rule_id],
            )

    def modify(self, rule_id: str | None, port: int, cidr: str) -> None:
        """Give a rule another port and source."""
        values = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIpv4": cidr}
        if rule_id:
            rule = {"SecurityGroupRuleId": rule_id, "SecurityGroupRule": values}
            self.call(
                "ModifySecurityGroupRules", GroupId=self.groups.ids[self.name], SecurityGroupRules=[rule]
            )

    def create(self, name: str, principal: Principal = ALICE) -> None:
        """Make a group."""
        self.events.append(self.groups.create_group(name, self._in_session(principal)))


def _forty(stage: _Stage) -> None:
    first = len([name for name in stage.groups.ids if name.startswith("app-")])
    for number in range(first, first + APPS):
        name = f"app-{number:02d}"
        stage.create(name, TERRAFORM)
        stage.open(8080, "10.20.0.0/16", "from the load balancers", TERRAFORM, name)


def _halves(stage: _Stage) -> None:
    stage.open(3389, "0.0.0.0/1")
    stage.open(3389, "128.0.0.0/1")


def _under_a_wider_one(stage: _Stage) -> None:
    stage.open(9200, "10.0.0.0/8", "search")
    stage.open(9200, "10.1.2.0/24", "search, team b")


def _was_and_now(stage: _Stage) -> None:
    stage.modify(stage.open(8443, "10.0.0.0/8", "admin"), 8443, ANYWHERE)


def _redescribed(stage: _Stage) -> None:
    stage.open(5601, "10.0.0.0/8", "kibana")
    permission = stage.groups.permission(5601, "10.0.0.0/8", "Kibana, until the migration")
    stage.call(
        "UpdateSecurityGroupRuleDescriptionsIngress",
        GroupId=stage.groups.ids[stage.name],
        IpPermissions=[permission],
    )


def _open_and_close(stage: _Stage) -> None:
    stage.open(22, ANYWHERE, "five minutes")
    stage.close(22, ANYWHERE)


def _closed_by_id(stage: _Stage) -> None:
    stage.close_by_id(stage.open(6379, ANYWHERE, "redis"), ERIN)


def _out_of_order(stage: _Stage) -> None:
    stage.sandbox.trail.holds = True
    stage.modify(stage.open(3306, "10.0.0.0/8", "mysql"), 3306, ANYWHERE)
    stage.close(3306, ANYWHERE)
    stage.sandbox.trail.release()


def _one_lost(stage: _Stage) -> None:
    stage.sandbox.trail.to_lose += 1
    stage.open(1433, ANYWHERE, "nobody hears of this")


def _one_found(stage: _Stage) -> None:
    sandbox = stage.sandbox
    sandbox.let_pass(SURE_AFTER_SECONDS)  # so that nothing which was played just before is in doubt
    sandbox.read_group(stage.name)
    sandbox.trail.to_lose += 1
    stage.open(5500, ANYWHERE, "while the trail was off")
    sandbox.read_group(stage.name)
    sandbox.let_pass(WAIT.total_seconds() + 1)


def _prefix_list(stage: _Stage) -> None:
    groups = stage.groups
    stage.open(22, groups.prefix_list_id, "the offices")
    stage.call(
        "ModifyManagedPrefixList",
        ERIN,
        PrefixListId=groups.prefix_list_id,
        CurrentVersion=groups.prefix_list_version(),
        AddEntries=[{"Cidr": "198.51.100.0/24", "Description": "Busan"}],
    )


def _a_life(stage: _Stage) -> None:
    name = f"job-{len(stage.groups.ids)}"
    stage.create(name)
    stage.open(22, ANYWHERE, "debug", name=name)
    stage.call("DeleteSecurityGroup", GroupId=stage.groups.ids[name])


def _unattached(stage: _Stage) -> None:
    name = f"lab-{len(stage.groups.ids)}"
    stage.create(name, ERIN)
    stage.open(22, ANYWHERE, "before anything runs there", name=name)


def _member(stage: _Stage) -> None:
    stage.open(22, ANYWHERE, "debug", ERIN)
    stage.call(
        "ModifyInstanceAttribute",
        InstanceId=stage.groups.instance_id,
        Groups=[stage.groups.ids[stage.name]],
    )


def _denied(stage: _Stage) -> None:
    stage.open(3389, ANYWHERE, None, BOB)


def _by_hand(stage: _Stage) -> None:
    name = f"stack-{len(stage.groups.ids)}"
    tags = [{"Key": "aws:cloudformation:stack-name", "Value": "payments-network"}]
    made = {"GroupName": name, "Description": "of a stack", "VpcId": stage.groups.vpc_id}
    specification = {"ResourceType": "security-group", "Tags": tags}
    # Not in this story's session, so that what the stack did and what a hand did are told apart.
    created = stage.groups.call(
        "CreateSecurityGroup", THROUGH_CLOUDFORMATION, **made, TagSpecifications=[specification]
    )
    stage.events.append(created)
    stage.open(8080, "10.20.0.0/16", "just for now", name=name)


def _stranger(stage: _Stage) -> None:
    stage.open(8443, "10.0.0.0/8", "shared network", STRANGER)


def _without_mfa(stage: _Stage) -> None:
    stage.open(9000, "10.0.0.0/8", "console", DANA)


def _back_again(stage: _Stage) -> None:
    stage.sandbox.trail.holds = True
    stage.open(7000, "10.0.0.0/8", "back again", FRANK)
    long_ago = datetime.fromtimestamp(stage.sandbox.clock(), UTC) - timedelta(days=100)
    stage.sandbox.knowledge.recall(stage.events[-1], long_ago)
    stage.sandbox.trail.release()


def _pretender(stage: _Stage) -> None:
    stage.open(6443, "10.0.0.0/8", "kube", PRETENDER)


def _hostile(stage: _Stage) -> None:
    stage.create(HOSTILE)
    if HOSTILE in stage.groups.ids:
        stage.open(22, ANYWHERE, HOSTILE, name=HOSTILE)


STORIES: dict[str, Story] = {
    "forty": Story("Terraform over 40 groups", "80 calls of one pipeline, within seconds", _forty),
    "halves": Story("The internet in two halves", "0.0.0.0/1, then 128.0.0.0/1", _halves),
    "under": Story(
        "A rule under a wider one", "the second opens nothing: it is kept, and not posted", _under_a_wider_one
    ),
    "modify": Story("Was and now", "a rule is modified: the event tells only the new values", _was_and_now),
    "close": Story("Open, then close", "closed by what it admits", _open_and_close),
    "close_by_id": Story("Closed by its id", "the event does not say what the rule admitted", _closed_by_id),
    "describe": Story("Only a new description", "kept, and not posted: /sg-changes quiet", _redescribed),
    "order": Story("Out of order", "three events, the last one comes first", _out_of_order),
    "lost": Story("An event is lost", "EC2 has a rule that no event tells of", _one_lost),
    "found": Story(
        "A lost event is found",
        "a reading shows a rule that no event tells of; 16 minutes are let pass, in which one may come late",
        _one_found,
    ),
    "list": Story("A prefix list grows", "groups that name it admit more", _prefix_list),
    "life": Story("A short life", "created, opened, deleted", _a_life),
    "unattached": Story(
        "Nothing is attached", "critical at first; high once it is known that nothing is behind", _unattached
    ),
    "member": Story("A new member", "an instance comes under a group that lets the internet in", _member),
    "by_hand": Story(
        "A stack's group, by hand", "what CloudFormation manages, changed in the console", _by_hand
    ),
    "stranger": Story("Another account", "a role of an account that nobody knows", _stranger),
    "without_mfa": Story("Without a second factor", "dana signed in with a password alone", _without_mfa),
    "back_again": Story("Back after 100 days", "frank's first change in 90 days", _back_again),
    "pretender": Story("Says it is Terraform", "which its user agent alone says", _pretender),
    "denied": Story("Denied", "bob may not open RDP, and tries", _denied),
    "hostile": Story("A hostile name", "a group's name that wants to be markup", _hostile),
}


def play(sandbox: "Sandbox", key: str, group: str) -> list[dict[str, Any]]:
    """
    Play a story on the group called *group* and give the events of its calls.

    Raises:
        LookupError: there is no such story, or no such group.
    """
    story = STORIES[key]
    if group not in sandbox.groups.ids:
        raise LookupError(f"there is no group {group!r}")
    stage = _Stage(sandbox, group)
    story.play(stage)
    return stage.events
