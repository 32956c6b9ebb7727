"""Chapter 3: much at once, and what nobody needs to be woken for."""

from collections.abc import Callable
from ipaddress import ip_network

from bot.core.expected import Expected
from bot.core.quieting import QuietPolicy
from bot.policy import Policy
from sandbox import ERIN, JO, TERRAFORM
from sandbox.aws import ACCOUNT_ID, ACCOUNT_NAMES
from sandbox.cloudtrail import Call, build_event
from tests.golden.stage import ANYWHERE, Stage, in_session, tcp

SHIPPED = Policy(accounts=ACCOUNT_NAMES)
EXPECTING = Policy(
    accounts=ACCOUNT_NAMES,
    quieting=QuietPolicy(
        expected=(
            Expected(
                "ci-terraform",
                frozenset({ACCOUNT_ID}),
                frozenset({"ci-terraform-apply"}),
                (ip_network("192.0.2.0/24"),),
            ),
        )
    ),
)
"""Acknowledges by itself what the pipeline does."""

APPS = [f"app-{number:02}" for number in range(1, 40)]


def terraform(stage: Stage) -> None:
    """Terraform over 40 groups, while it runs and after"""
    old = tcp(8080, "10.0.0.0/8")
    for name in APPS[3:]:
        stage.group(name, *([old] if name < "app-22" else []))
    stage.group("app-legacy", old, is_used=False)
    stage.read_all()
    stage.says("ci-terraform begins: three groups are created, and admit 10.20.0.0/16 to the database.")
    for name in APPS[:3]:
        stage.clock.advance()
        stage.sandbox.create_group(name)
        stage.authorize(name, tcp(5432, "10.20.0.0/16", text="db"), by=TERRAFORM)
    stage.shows(20)
    stage.says("It goes on with 36 more groups, takes an old rule from half of them, and deletes a group.")
    for name in APPS[3:]:
        port = 443 if name < "app-20" else 5432
        stage.authorize(name, tcp(port, "10.20.0.0/16"), by=TERRAFORM)
        if name < "app-22":
            stage.revoke(name, old, by=TERRAFORM)
    stage.call("DeleteSecurityGroup", TERRAFORM, GroupId=stage.id("app-legacy"))
    stage.shows(20)
    stage.says("It has finished.")
    stage.shows(200)


def done_and_undone(stage: Stage) -> None:
    """What is done and undone within a minute"""
    stage.group("web-prod")
    stage.says("alice opens tcp 8080 on web-prod to a private network, and closes it again.")
    stage.authorize("web-prod", tcp(8080, "10.0.0.0/8"))
    stage.revoke("web-prod", tcp(8080, "10.0.0.0/8"))
    stage.shows(200)


def seven_at_once(stage: Stage) -> None:
    """SSH on seven groups at once: five cards, and one for the rest"""
    names = [f"node-{number}" for number in range(1, 8)]
    for name in names:
        stage.group(name)
    stage.says("erin opens SSH on seven groups in one go.")
    for name in names:
        stage.authorize(name, tcp(22, ANYWHERE), by=ERIN)
    stage.settle()
    for number in (0, -1):
        stage.shows_card(number)
    stage.forget()


def a_thousand_rules(stage: Stage) -> None:
    """A thousand rules in one call"""
    group = "sg-0c0ffee0c0ffee000"  # moto's groups take sixty
    made = Call("CreateSecurityGroup", {"GroupName": "cdn-origin", "Description": "CDN"}, {"GroupId": group})
    stage.deliver(build_event(made, TERRAFORM, stage.clock() - 600))
    stage.settle()
    stage.forget()
    stage.says("ci-terraform adds a thousand rules to cdn-origin, which it created ten minutes ago.")
    networks = [str(network) for network in ip_network("172.16.0.0/20").subnets(new_prefix=30)][:1000]
    rules = [
        {
            "SecurityGroupRuleId": f"sgr-{number:017x}",
            "GroupId": group,
            "IsEgress": False,
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "CidrIpv4": network,
        }
        for number, network in enumerate(networks)
    ]
    asked = {"GroupId": group, "IpPermissions": [tcp(443, *networks)]}
    added = Call("AuthorizeSecurityGroupIngress", asked, {"Return": True, "SecurityGroupRules": rules})
    stage.deliver(build_event(added, TERRAFORM, stage.clock()))


def expected(stage: Stage) -> None:
    """Acknowledged automatically: what one expects of the pipeline"""
    stage.group("app-prod")
    stage.says("ci-terraform, which the policy expects to do so, opens a port to the private network.")
    stage.authorize("app-prod", tcp(8080, "10.0.0.0/8", text="from the load balancers"), by=TERRAFORM)


def expected_but_critical(stage: Stage) -> None:
    """The pipeline opens SSH, which nobody expects of it"""
    stage.group("app-prod")
    stage.says("ci-terraform, the same, opens SSH to the internet.")
    stage.authorize("app-prod", tcp(22, ANYWHERE), by=TERRAFORM)


def quiet_digest(stage: Stage) -> None:
    """The day's digest of what was not posted"""
    stage.says("erin rewords a description twice and creates a group. None of it is posted.")
    stage.group("web-prod", tcp(443, ANYWHERE))
    for number, told in enumerate(("https", "https, behind the CDN")):
        stage.call(
            "UpdateSecurityGroupRuleDescriptionsIngress",
            in_session(f"AKIAWORDS{number:011}", ERIN),
            GroupId=stage.id("web-prod"),
            IpPermissions=[tcp(443, ANYWHERE, text=told)],
        )
        stage.settle()
    stage.clock.advance()
    stage.sandbox.create_group("queue-prod", in_session("AKIAANOTHER000000001", ERIN))
    stage.settle()
    stage.at("09:00", days=1)
    stage.says("The next day begins.")
    stage.sandbox.queues.run_schedule()
    stage.shows()
    stage.says("@jo clicks on the button.")
    stage.click("show_quiet")
    stage.shows_answer()


def slack_was_away(stage: Stage) -> None:
    """Slack was away for two hours"""
    stage.says(
        "Slack does not answer any more. Meanwhile erin opens SSH on bastion, and a port on 22 other groups."
    )
    stage.sandbox.faults.down_until = stage.clock() + 2 * 3600
    stage.group("bastion")
    stage.authorize("bastion", tcp(22, ANYWHERE), by=ERIN)
    for number in range(22):
        name = f"batch-{number:02}"
        stage.group(name)
        session = in_session(f"AKIABATCH{number:011}", ERIN)
        stage.authorize(name, tcp(8443, ANYWHERE if number == 7 else "10.0.0.0/8"), by=session)
    stage.settle(0)
    stage.at("22:10")
    stage.says("Slack is back.")
    stage.sandbox.queues.run_schedule()
    stage.shows(300)


def muted(stage: Stage) -> None:
    """A group is muted, and the list of mutes"""
    stage.group("load-test")
    stage.authorize("load-test", tcp(8080, "10.0.0.0/8"))
    stage.settle()
    stage.at("20:10")
    stage.says("@jo mutes the group from the card of a small change.")
    stage.choose("Mute…")
    stage.shows_modal()
    stage.sandbox.submit(
        JO, {"mute_what": "group", "mute_days": "7", "mute_reason": "load test until Friday"}
    )
    stage.shows_modal()
    stage.sandbox.close_modal(JO)
    stage.forget()
    stage.at("20:14")
    stage.says("alice opens another port of it, which is not posted.")
    stage.authorize("load-test", tcp(8081, "10.0.0.0/8"), by=in_session("ASIALATER00000000001"))
    stage.settle()
    stage.asks("mutes")


POLICIES: dict[Callable[[Stage], None], Policy] = {
    expected: EXPECTING,
    expected_but_critical: EXPECTING,
    quiet_digest: SHIPPED,
    slack_was_away: SHIPPED,
    muted: SHIPPED,
}
