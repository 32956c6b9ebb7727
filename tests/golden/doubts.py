"""Chapter 4: what did not happen, or is not known for sure."""

from sandbox import BOB, ERIN
from sandbox.principals import DANA
from sandbox.recorded import replay
from tests.golden.stage import ANYWHERE, EARLIER, Stage, tcp

HOSTILE = "prod; *@channel* &lt;!here&gt; `x` _y_"


def denied(stage: Stage) -> None:
    """Denied: RDP to the internet"""
    stage.group("bastion")
    stage.says("bob, who may not, tries to open RDP on bastion to the internet.")
    stage.authorize("bastion", tcp(3389, ANYWHERE), by=BOB)


def denied_three_times(stage: Stage) -> None:
    """Denied three times"""
    stage.group("bastion")
    stage.says("bob tries three ports in a minute.")
    for port in (3389, 22, 445):
        stage.authorize("bastion", tcp(port, ANYWHERE), by=BOB)
    stage.shows(200)


def not_understood(stage: Stage) -> None:
    """A call that cannot be understood"""
    stage.says("A ModifySecurityGroupRules arrives whose record has a shape that nobody has seen.")
    event = replay("A shape that nobody has seen yet", stage.sandbox.groups.ids, stage.clock())
    stage.sandbox.deliver(event)


def cut_record(stage: Stage) -> None:
    """A record from which AWS left out the rules"""
    stage.says("An authorize arrives of so many rules that AWS left them out of its record.")
    stage.sandbox.deliver(
        replay("Too large: AWS left the rules out", stage.sandbox.groups.ids, stage.clock() - 5)
    )


def hostile_name(stage: Stage) -> None:
    """A name that would be markup"""
    stage.says(f"ci-terraform creates a group called “{HOSTILE}”, and alice opens SSH on it.")
    stage.sandbox.create_group(HOSTILE)
    stage.authorize(HOSTILE, tcp(22, ANYWHERE, text=HOSTILE))


def out_of_order(stage: Stage) -> None:
    """Three events that arrive the wrong way round"""
    stage.group("db-prod")
    stage.sandbox.trail.holds = True
    stage.says(
        "alice opens mysql on db-prod to 10.0.0.0/8, then to everybody, then closes it; the last event comes first."
    )
    rule = stage.authorize("db-prod", tcp(3306, "10.0.0.0/8", text="mysql"))
    values = {"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306, "CidrIpv4": ANYWHERE}
    edits = [{"SecurityGroupRuleId": rule, "SecurityGroupRule": values}]
    stage.call("ModifySecurityGroupRules", GroupId=stage.id("db-prod"), SecurityGroupRules=edits)
    stage.revoke("db-prod", tcp(3306, ANYWHERE))
    stage.sandbox.trail.release()
    stage.shows(200)


def another_account(stage: Stage) -> None:
    """Another account and region, which Panopticon may not read"""
    stage.sandbox.aws.without_role.add("444455556666")
    stage.says("An event is forwarded from shop-dev, where the role panopticon-read is missing.")
    stage.sandbox.deliver(replay("Another account, another region", stage.sandbox.groups.ids, stage.clock()))
    stage.shows()
    stage.says("@jo clicks on View rules.")
    stage.click("view_rules")
    stage.shows_modal()
    stage.settle()
    stage.notes("A moment later:")
    stage.shows_modal()


def description_edited(stage: Stage) -> None:
    """Only a description is edited"""
    stage.group("kibana")
    stage.authorize("kibana", tcp(5601, "10.0.0.0/8", text="kibana"), by=EARLIER)
    stage.settle()
    stage.at("20:30")
    stage.says("alice rewords the description of a rule of kibana.")
    stage.call(
        "UpdateSecurityGroupRuleDescriptionsIngress",
        GroupId=stage.id("kibana"),
        IpPermissions=[tcp(5601, "10.0.0.0/8", text="Kibana, until the migration")],
    )


def tags_taken_away(stage: Stage) -> None:
    """The tag that says who manages a group is taken away"""
    stage.says("erin takes the tag managed-by off web-prod.")
    stage.call("DeleteTags", ERIN, Resources=[stage.id("web-prod")], Tags=[{"Key": "managed-by"}])


def by_cloudformation(stage: Stage) -> None:
    """CloudFormation opens a database"""
    stage.says("A stack opens mysql to any IPv6 address; the call names its group by name alone.")
    stage.sandbox.deliver(
        replay("CloudFormation, by the group's name", stage.sandbox.groups.ids, stage.clock())
    )


def by_root(stage: Stage) -> None:
    """The root user deletes a group"""
    stage.says("The root user deletes a group that Panopticon has not met before.")
    stage.sandbox.deliver(replay("Root deletes a group", stage.sandbox.groups.ids, stage.clock()))


def without_mfa(stage: Stage) -> None:
    """A small change, by a session without a second factor"""
    stage.group("app-prod")
    stage.says("dana, who has signed in without a second factor, opens a port to the private network.")
    stage.authorize("app-prod", tcp(8080, "10.0.0.0/8"), by=DANA)


def vpc_associated(stage: Stage) -> None:
    """A group is associated with another VPC"""
    groups = stage.sandbox.groups
    stage.says("alice associates web-prod with a second VPC.")
    stage.call("AssociateSecurityGroupVpc", GroupId=stage.id("web-prod"), VpcId=groups.other_vpc_id)
