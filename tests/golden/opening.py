"""Chapter 1: something is opened."""

from sandbox import ERIN
from tests.golden.stage import ANYWHERE, EARLIER, Stage, everything, tcp


def ssh_to_the_internet(stage: Stage) -> None:
    """SSH is opened to the internet"""
    stage.group("web-prod", tcp(22, "10.0.0.0/8", text="vpn"))
    stage.says("alice opens SSH on web-prod to the internet. Panopticon has not met the group before.")
    stage.authorize("web-prod", tcp(22, ANYWHERE, text="temp debug"))
    stage.shows()


def ssh_where_before_is_known(stage: Stage) -> None:
    """A second opening, of a group that is known by now"""
    stage.group("api-prod", tcp(443, "10.0.0.0/8"))
    stage.read_all()
    stage.says("erin opens a port of api-prod, which was read this morning, to one office.")
    stage.authorize("api-prod", tcp(5432, "203.0.113.0/24", text="report"), by=ERIN)
    stage.shows()


def two_halves_of_the_internet(stage: Stage) -> None:
    """The internet in two halves"""
    stage.group("jump-prod")
    stage.says("alice opens RDP on jump-prod to 0.0.0.0/1.")
    stage.authorize("jump-prod", tcp(3389, "0.0.0.0/1"))
    stage.shows(20)
    stage.says("She opens it to 128.0.0.0/1 as well.")
    stage.authorize("jump-prod", tcp(3389, "128.0.0.0/1"))
    stage.shows()


def ipv6(stage: Stage) -> None:
    """Opened to the internet over IPv6 only"""
    stage.group("cache-prod")
    stage.says("alice opens redis on cache-prod to ::/0.")
    stage.authorize("cache-prod", tcp(6379, "::/0"))


def both_families(stage: Stage) -> None:
    """Opened over IPv4 and IPv6 in one call"""
    stage.group("edge-prod")
    stage.says("alice opens https on edge-prod to everybody.")
    stage.authorize("edge-prod", tcp(443, ANYWHERE, "::/0", text="https"))


def all_traffic(stage: Stage) -> None:
    """All traffic is opened to the internet"""
    stage.group("lab", is_used=False)
    stage.says("alice opens everything on lab to everybody.")
    stage.authorize("lab", everything(ANYWHERE))


def egress(stage: Stage) -> None:
    """A way out"""
    group = stage.group("worker-prod")
    stage.call("RevokeSecurityGroupEgress", EARLIER, GroupId=group, IpPermissions=[everything(ANYWHERE)])
    stage.settle()
    stage.at("20:20")
    stage.says("alice lets worker-prod, which had no way out, out to the internet on tcp 25.")
    stage.call("AuthorizeSecurityGroupEgress", GroupId=group, IpPermissions=[tcp(25, ANYWHERE)])


def from_another_group(stage: Stage) -> None:
    """Members of another group are let in"""
    group = stage.group("app-api")
    stage.group("db-orders")
    stage.says("alice admits app-api to the database.")
    stage.authorize("db-orders", tcp(5432, group, text="app"))


def modified(stage: Stage) -> None:
    """A rule is modified: what it was, and what it is now"""
    stage.group("admin-alb")
    rule = stage.authorize("admin-alb", tcp(443, "10.0.0.0/8"), by=EARLIER)
    stage.settle()
    stage.at("20:20")
    stage.says("alice changes the rule of admin-alb, known to admit tcp 443 from 10.0.0.0/8.")
    stage.call(
        "ModifySecurityGroupRules",
        GroupId=stage.id("admin-alb"),
        SecurityGroupRules=[_edit(rule, 8443, ANYWHERE)],
    )


def modified_unseen(stage: Stage) -> None:
    """A rule is modified that Panopticon had never read"""
    stage.group("legacy-alb", tcp(443, "10.0.0.0/8"))
    (rule,) = [
        held["SecurityGroupRuleId"]
        for held in stage.sandbox.groups.described([stage.id("legacy-alb")])
        if not held["IsEgress"]
    ]
    stage.says("alice changes the rule of legacy-alb.")
    stage.call(
        "ModifySecurityGroupRules",
        GroupId=stage.id("legacy-alb"),
        SecurityGroupRules=[_edit(rule, 8443, ANYWHERE)],
    )


def under_a_wider_rule(stage: Stage) -> None:
    """A rule under a wider one, which changes nothing"""
    stage.group("search", tcp(9200, "10.0.0.0/8", text="search"))
    stage.read_all()
    stage.says("alice adds a narrower rule to search, which admits 10.0.0.0/8 already.")
    stage.authorize("search", tcp(9200, "10.1.2.0/24", text="team b"))


def prefix_list(stage: Stage) -> None:
    """A prefix list that a group names grows"""
    listed = stage.sandbox.groups.prefix_list_id
    stage.group("vpn-prod")
    stage.says("alice admits the prefix list “office” to SSH on vpn-prod.")
    stage.authorize("vpn-prod", tcp(22, listed, text="the offices"))
    stage.shows(55)
    stage.at("20:20")
    stage.says("erin adds an entry to the list.")
    stage.call(
        "ModifyManagedPrefixList",
        ERIN,
        PrefixListId=listed,
        CurrentVersion=stage.sandbox.groups.prefix_list_version(),
        AddEntries=[{"Cidr": "198.51.100.0/24", "Description": "Busan"}],
    )


def default_group(stage: Stage) -> None:
    """The default group is opened"""
    (group,) = stage.sandbox.aws.ec2.describe_security_groups(
        Filters=[
            {"Name": "group-name", "Values": ["default"]},
            {"Name": "vpc-id", "Values": [stage.sandbox.groups.vpc_id]},
        ]
    )["SecurityGroups"]
    stage.sandbox.groups.ids["default"] = group["GroupId"]
    stage.says("alice opens tcp 8080 on the VPC's default group to a private network.")
    stage.authorize("default", tcp(8080, "10.0.0.0/8"))


def membership(stage: Stage) -> None:
    """An instance is put under other groups"""
    groups = stage.sandbox.groups
    stage.group("ssh-anywhere", tcp(22, ANYWHERE))
    stage.says("alice gives the web server the group ssh-anywhere alone.")
    stage.call("ModifyInstanceAttribute", InstanceId=groups.instance_id, Groups=[stage.id("ssh-anywhere")])


def created(stage: Stage) -> None:
    """A group is created"""
    stage.says("ci-terraform creates queue-prod.")
    stage.sandbox.create_group("queue-prod")


def _edit(rule_id: str, port: int, cidr: str) -> dict[str, object]:
    values = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIpv4": cidr}
    return {"SecurityGroupRuleId": rule_id, "SecurityGroupRule": values}
