"""
A month of security-group changes as an organisation has them, generated with a seed.

Who makes how many is said here, and was before anybody looked at what comes of it. It rests on what people complain of in the
issues of tools like this one (a CI role behind nearly all alarms, autoscaling and service churn behind most others), and on what
the programs do: Terraform creates a group, takes its default egress away and adds rules, ten resources at a time, and much of
a run only edits; the controller of Kubernetes' load balancers makes a group for each and lets it into the nodes' group, and the
reverse when it goes; AWS services make a group with a rule or two. Access keys of CI live for a run, those of a controller for
an hour, those of a person for their session. Work is done from Monday to Friday, from seven to seven; churn is around the clock.

All of it is in one account and region. Most rules let in private networks; among the rest are web ports open to the internet (low),
wide public ranges (medium), and what must not be hidden: HIGH and CRITICAL below.
"""

import heapq
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import ip_network
from random import Random
from typing import Any

from bot.core.rules import Direction, ReferencedGroup, Rule, Source, make_rule
from tests.simulation.calls import Authorize, Call, Create, Delete, Revoke
from tests.simulation.ec2 import ACCOUNT_ID, DEFAULT_EGRESS, Done, Ec2, content
from tests.simulation.records import event_id_of, event_of
from tests.simulation.shapes import Shape


class Who(StrEnum):
    """Whose change it is."""

    CI = "CI"
    SERVICES = "services"
    PEOPLE = "people"


START = datetime(2026, 11, 2, tzinfo=UTC)
"""A Monday."""

DAYS = 30
CI_ROLE = "ci-terraform-apply"
CI_NETWORK = "198.51.100.0/24"
CONTROLLER_ROLE = "eks-load-balancer-controller"
CONTROLLER_ADDRESS = "192.0.2.15"
SHARES = (70, 25, 5)
"""Of a hundred events: by CI, by services, by people."""

RUN = (5, 60)
"""How many changes a run of CI makes, any number as often as any other."""

SITTING = (1, 5)
"""How many changes a person makes in one go."""

CRITICAL = ((Who.CI, 22), (Who.CI, 0), (Who.PEOPLE, 3389), (Who.PEOPLE, 22), (Who.PEOPLE, 5432))
"""Who opens which tcp port to the internet; 0 stands for everything. A stolen CI role is the best that an attacker can have."""

HIGH = ((Who.CI, 8443), (Who.PEOPLE, 8443), (Who.PEOPLE, 9000), (Who.PEOPLE, 8081))
"""Likewise, what is high."""

_LEAD = timedelta(hours=6)  # in which the groups that there were before are made
_OLD_GROUPS = 60
_WORK = (7, 19)
_PRIVATE = ("10.0.0.0/8", "10.20.0.0/16", "10.30.4.0/24", "172.16.0.0/12", "192.168.10.0/24")
_PORTS = (443, 5432, 6379, 3306, 9200, 2049, 9090, 8000)
_PARTNERS = ("13.32.0.0/15", "52.84.0.0/15")  # wide and public


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, in one session, as CloudTrail has it."""

    who: Who
    identity: dict[str, Any]
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class Happened:
    """
    A call, its event, and when that comes; *group* is what the group is called. *bad* is set where it opens to the internet what
    must not be hidden: "Critical" or "High", as the card is to say.
    """

    done: Done
    event: dict[str, Any]
    who: Who
    comes_at: datetime
    group: str
    bad: str | None


Session = Generator[tuple[float, Call], Done, None]
"""The calls of a session, each with the seconds that go by before it; what came of each is sent back."""


@dataclass(frozen=True, slots=True)
class Month:
    """What happened, by the time at which its events come; *names* are those of all groups, *old* the ids of those there before."""

    ec2: Ec2
    names: dict[str, str]
    old: tuple[str, ...]
    happened: tuple[Happened, ...]


@dataclass(frozen=True)
class _Making:
    """The month while it is made: what EC2 holds, and what groups are called, by id."""

    random: Random
    ec2: Ec2
    names: dict[str, str]

    def group(self) -> str:
        """Give one of the groups that CI looks after."""
        return self.random.choice([one for one in self.ec2.groups if self.names[one].startswith("app-")])

    def nodes(self) -> str:
        """Give the group of the nodes of the cluster."""
        return next(one for one in self.ec2.groups if self.names[one] == "nodes")

    def rule(self) -> Rule:
        """Make a rule as most are, for a private network; now and then one for a partner, or a web port for everybody."""
        dice = self.random.random()
        if dice < 0.03:
            return _ingress(443, "0.0.0.0/0")
        if dice < 0.05:
            return _ingress(443, self.random.choice(_PARTNERS))
        port = self.random.choice(_PORTS) if dice < 0.6 else self.random.randrange(10000, 32768)
        return _ingress(port, self.random.choice(_PRIVATE))

    def edit(self, group_id: str) -> Call:
        """Make a call that adds to a group's rules, or takes one away."""
        rules = [
            rule for rule in (self.ec2.rules(group_id) or {}).values() if rule.direction is Direction.INGRESS
        ]
        if rules and self.random.random() < 0.4:
            return Revoke(group_id, Direction.INGRESS, (content(self.random.choice(rules)),))
        return Authorize(group_id, Direction.INGRESS, (self.rule(),))

    def terraform(self, count: int, bad: int | None = None) -> Session:
        """Make *count* changes as a run does, one of them the *bad* one."""
        at = self.random.randrange(count) if bad is not None else None
        fresh: list[tuple[str, int]] = []
        for number in range(count):
            dice = self.random.random()
            wait = self.random.uniform(60, 180) if dice < 0.03 else self.random.uniform(0.05, 4)
            if number == at and bad is not None:
                yield wait, Authorize(self.group(), Direction.INGRESS, (_bad_rule(bad),))
            elif fresh:
                group_id, left = fresh.pop(0)
                egress = Revoke(group_id, Direction.EGRESS, (content(DEFAULT_EGRESS),))
                yield wait, egress if left == 3 else Authorize(group_id, Direction.INGRESS, (self.rule(),))
                fresh += [(group_id, left - 1)] if left > 1 else []
            elif self.random.random() < 0.3:
                done = yield wait, Create(f"app-{len(self.names):04}")
                fresh.append((done.group_id or "", 3))
            elif self.random.random() < 0.06:
                yield wait, Delete(self.group())
            else:
                yield wait, self.edit(self.group())

    def balancer(self, count: int) -> Session:
        """Make the group of a load balancer, let people and then the nodes in; or take such a thing away."""
        made = [one for one in self.ec2.groups if self.names[one].startswith("k8s-")]
        if count == 2 and made:
            group_id = self.random.choice(made)
            wanted = ReferencedGroup(group_id)
            for rule in (self.ec2.rules(self.nodes()) or {}).values():
                if rule.source == wanted:
                    yield self._soon(), Revoke(self.nodes(), Direction.INGRESS, (content(rule),))
                    break
            yield self._soon(), Delete(group_id)
            return
        done = yield self._soon(), Create(f"k8s-{len(self.names):04}")
        group_id = done.group_id or ""
        source = "0.0.0.0/0" if self.random.random() < 0.2 else "10.0.0.0/8"
        for number in range(count - 2):
            yield (
                self._soon(),
                Authorize(group_id, Direction.INGRESS, (_ingress((443, 80)[number % 2], source),)),
            )
        rule = _ingress(8080, ReferencedGroup(group_id))
        yield self._soon(), Authorize(self.nodes(), Direction.INGRESS, (rule,))

    def service(self, count: int) -> Session:
        """Have a service of AWS make a group with a rule or two, or take one away again."""
        made = [one for one in self.ec2.groups if self.names[one].startswith("svc-")]
        if count == 1 and made:
            yield self._soon(), Delete(self.random.choice(made))
            return
        done = yield self._soon(), Create(f"svc-{len(self.names):04}")
        for number in range(count - 1):
            rule = _ingress(8443 + number, "10.20.0.0/16")
            yield self._soon(), Authorize(done.group_id or "", Direction.INGRESS, (rule,))

    def sitting(self, count: int, bad: int | None = None) -> Session:
        """Make *count* changes as a person does, who thinks in between; the last is the *bad* one."""
        group_id = self.group()
        for number in range(count):
            wait = self.random.uniform(5, 120)
            if number == count - 1 and bad is not None:
                yield wait, Authorize(group_id, Direction.INGRESS, (_bad_rule(bad),))
            else:
                yield wait, self.edit(group_id)

    def _soon(self) -> float:
        return self.random.uniform(0.1, 3)


def make_month(events: int, seed: int) -> Month:
    """Make the groups that there were before, and a month of about *events* changes."""
    making = _Making(Random(seed), Ec2(), {})
    at = START - _LEAD
    for number in range(_OLD_GROUPS):
        at += timedelta(seconds=5)
        name = "nodes" if number == 0 else f"app-{number:04}"
        group_id = making.ec2.do(Create(name), at).group_id or ""
        making.names[group_id] = name
        for _ in range(making.random.randrange(1, 5)):
            at += timedelta(seconds=5)
            making.ec2.do(Authorize(group_id, Direction.INGRESS, (making.rule(),)), at)
    old = making.ec2.groups
    happened = sorted(_play(making, _sessions(making, events), seed), key=lambda one: one.comes_at)
    return Month(making.ec2, making.names, old, tuple(happened))


def _sessions(making: _Making, events: int) -> Iterator[tuple[datetime, Caller, Session]]:
    """Make the sessions of the month, each when it begins."""
    random = making.random
    ci, services, people = (events * share // 100 for share in SHARES)
    runs, sittings = _lengths(random, ci, RUN), _lengths(random, people, SITTING)
    bad_runs = _planted(random, len(runs), Who.CI)
    bad_sittings = _planted(random, len(sittings), Who.PEOPLE)
    for number, count in enumerate(runs):
        yield _at_work(random), _ci(random, number), making.terraform(count, bad_runs.get(number))
    for number, count in enumerate(sittings):
        yield _at_work(random), _person(random, number), making.sitting(count, bad_sittings.get(number))
    while services > 0:
        at = START + timedelta(seconds=random.randrange(DAYS * 86400))
        if random.random() < 2 / 3:
            count = random.choice((2, 2, 3, 4))
            yield at, _controller(at), making.balancer(count)
        else:
            count = random.choice((1, 2, 3))
            yield at, _service(random), making.service(count)
        services -= count


def _lengths(random: Random, total: int, span: tuple[int, int]) -> list[int]:
    """Cut *total* changes into sessions."""
    lengths: list[int] = []
    while sum(lengths) < total:
        lengths.append(random.randint(*span))
    return lengths


def _planted(random: Random, sessions: int, who: Who) -> dict[int, int]:
    """Say in which sessions the ports are opened that must not be hidden, as far as there are so many sessions."""
    ports = [port for whose, port in (*CRITICAL, *HIGH) if whose is who][:sessions]
    return dict(zip(random.sample(range(sessions), len(ports)), ports, strict=True))


def _play(
    making: _Making, sessions: Iterator[tuple[datetime, Caller, Session]], seed: int
) -> Iterator[Happened]:
    """Carry out the calls of all sessions in the order of time."""
    random = Random(seed)
    waiting = [(at, number, caller, session) for number, (at, caller, session) in enumerate(sessions)]
    heapq.heapify(waiting)
    next_calls: dict[int, Call] = {}
    count, last = 0, START
    while waiting:
        at, number, caller, session = heapq.heappop(waiting)
        call = next_calls.pop(number, None)
        done = None
        if call is not None:
            at = last = max(at, last + timedelta(milliseconds=1))  # no two at once
            done = making.ec2.do(call, at)
            if isinstance(call, Create):
                making.names[done.group_id or ""] = call.name
            count += 1
            yield _told(making, done, caller, event_id_of(count, seed), random)
        try:
            wait, next_calls[number] = next(session) if done is None else session.send(done)
        except StopIteration:
            continue
        heapq.heappush(waiting, (at + timedelta(seconds=wait), number, caller, session))


def _told(making: _Making, done: Done, caller: Caller, event_id: str, random: Random) -> Happened:
    event = event_of(done, Shape(tells_revoked=True), event_id)
    event["detail"] |= {
        "userIdentity": caller.identity,
        "sourceIPAddress": caller.address,
        "userAgent": caller.agent,
    }
    # Most events come within half a minute, one in a hundred within a quarter of an hour.
    late = random.uniform(60, 900) if random.random() < 0.01 else random.uniform(4, 30)
    opened = next((rule for rule in done.opened if rule.direction is Direction.INGRESS), None)
    bad = None
    if opened is not None and opened.admits_any_address:
        port = opened.ports.first if opened.ports else _EVERYTHING
        bad = next((word for word, ports in _BAD.items() if port in ports), None)
    comes_at = done.at + timedelta(seconds=late)
    return Happened(done, event, caller.who, comes_at, making.names[done.group_id or ""], bad)


_EVERYTHING = 0
_BAD = {"Critical": {port for _, port in CRITICAL}, "High": {port for _, port in HIGH}}


def _ingress(port: int, source: str | Source) -> Rule:
    return make_rule(
        direction=Direction.INGRESS,
        protocol="tcp",
        from_port=port,
        to_port=port,
        source=ip_network(source) if isinstance(source, str) else source,
    )


def _bad_rule(port: int) -> Rule:
    if port != _EVERYTHING:
        return _ingress(port, "0.0.0.0/0")
    everything = ip_network("0.0.0.0/0")
    return make_rule(direction=Direction.INGRESS, protocol="-1", from_port=-1, to_port=-1, source=everything)


def _at_work(random: Random) -> datetime:
    days = [START + timedelta(days=day) for day in range(DAYS)]
    day = random.choice([day for day in days if day.weekday() < 5])
    first, last = _WORK
    return day + timedelta(seconds=random.randrange(first * 3600, last * 3600))


def _role(role: str, session: str, key: str, path: str = "/") -> dict[str, Any]:
    issuer = {
        "type": "Role",
        "arn": f"arn:aws:iam::{ACCOUNT_ID}:role{path}{role}",
        "userName": role,
        "accountId": ACCOUNT_ID,
    }
    return {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{role}/{session}",
        "accountId": ACCOUNT_ID,
        "accessKeyId": key,
        "sessionContext": {"sessionIssuer": issuer},
    }


def _ci(random: Random, run: int) -> Caller:
    address = f"198.51.100.{random.randrange(10, 250)}"
    identity = _role(CI_ROLE, f"gha-{run:05}", f"ASIACI{run:010}")
    return Caller(Who.CI, identity, address, "APN/1.0 HashiCorp/1.0 Terraform/1.9.8")


def _person(random: Random, number: int) -> Caller:
    name = random.choice(("alice", "bob", "carol", "dan", "erin", "frank"))
    role = "AWSReservedSSO_PowerUserAccess_0123456789abcdef"
    identity = _role(
        role, f"{name}@example.com", f"ASIAPEOPLE{number:06}", "/aws-reserved/sso.amazonaws.com/"
    )
    agent = random.choice(("Mozilla/5.0", "aws-cli/2.27.1"))
    return Caller(Who.PEOPLE, identity, f"203.0.113.{random.randrange(2, 250)}", agent)


def _controller(at: datetime) -> Caller:
    hour = int((at - START).total_seconds() // 3600)
    identity = _role(CONTROLLER_ROLE, f"{hour:08}", f"ASIACONTROL{hour:05}")
    return Caller(Who.SERVICES, identity, CONTROLLER_ADDRESS, "elbv2.k8s.aws/v2.8.1 aws-sdk-go/1.51.21")


def _service(random: Random) -> Caller:
    service = random.choice(("eks", "rds", "elasticmapreduce", "elasticloadbalancing", "autoscaling"))
    host = f"{service}.amazonaws.com"
    role, key = f"AWSServiceRoleFor{service.capitalize()}", f"ASIASERVICE{random.randrange(10**5):05}"
    identity = _role(role, service, key, f"/aws-service-role/{host}/")
    return Caller(Who.SERVICES, identity | {"invokedBy": host}, host, host)
