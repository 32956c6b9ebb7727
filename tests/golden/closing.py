"""Chapter 2: something is closed."""

from datetime import timedelta

from sandbox import ERIN, JO, SAM, TERRAFORM
from tests.golden.stage import ANYWHERE, BEGIN, EARLIER, Stage, in_session, tcp


def acknowledged_and_closed(stage: Stage) -> None:
    """Acknowledged with a note, still open, closed"""
    stage.group("web-prod", tcp(22, "10.0.0.0/8", text="vpn"))
    stage.authorize("web-prod", tcp(22, ANYWHERE, text="temp debug"))
    stage.notes("alice has opened SSH on web-prod at 20:07.")
    stage.settle()
    stage.at("20:11")
    stage.says("@jo acknowledges it with a note.")
    stage.choose("Acknowledge with note…")
    stage.shows_modal()
    stage.sandbox.submit(JO, {"note/note": "vendor session until 21:00"})
    stage.shows()
    stage.at("20:54")
    stage.says("alice closes it.")
    stage.revoke("web-prod", tcp(22, ANYWHERE))
    stage.shows()


def closed_before_anybody_came(stage: Stage) -> None:
    """Closed before anybody came"""
    stage.group("web-prod")
    stage.authorize("web-prod", tcp(22, ANYWHERE, text="temp debug"))
    stage.notes("alice has opened SSH on web-prod at 20:07.")
    stage.settle()
    stage.at("20:19")
    stage.says("erin closes it.")
    stage.revoke("web-prod", tcp(22, ANYWHERE), by=ERIN)


def deleted(stage: Stage) -> None:
    """A group is deleted that had been open for long"""
    group = stage.group("old-bastion", is_used=False)
    opened = timedelta(days=213)
    stage.call(
        "AuthorizeSecurityGroupIngress",
        ERIN,
        age=opened,
        GroupId=group,
        IpPermissions=[tcp(22, ANYWHERE)],
    )
    stage.settle()
    stage.notes(f"erin has opened SSH on old-bastion on {BEGIN - opened:%-d %B}, and nobody acknowledged it.")
    stage.at("20:20")
    stage.says("alice deletes the group.")
    stage.call("DeleteSecurityGroup", GroupId=group)


def deleted_unread(stage: Stage) -> None:
    """A group is deleted of which nothing was known"""
    stage.says("alice deletes old-bastion. Panopticon has not met the group before.")
    stage.sandbox.delete_group("old-bastion")


def closes_nothing(stage: Stage) -> None:
    """A rule is removed, and another one still admits it"""
    stage.group("search", tcp(9200, ANYWHERE, text="public"), tcp(9200, "10.0.0.0/8", text="inside"))
    stage.read_all()
    stage.says("alice removes the narrower of two rules of search.")
    stage.revoke("search", tcp(9200, "10.0.0.0/8"))


def closed_by_rule_id(stage: Stage) -> None:
    """A rule is removed by its id alone"""
    stage.group("cache-prod")
    rule = stage.authorize("cache-prod", tcp(6379, "10.0.0.0/8", text="redis"), by=EARLIER)
    stage.settle()
    stage.at("20:30")
    stage.says("alice removes a rule of cache-prod by its id; her call does not say what the rule admitted.")
    stage.call("RevokeSecurityGroupIngress", GroupId=stage.id("cache-prod"), SecurityGroupRuleIds=[rule])


def narrowed(stage: Stage) -> None:
    """Opened to the internet, then narrowed to one address"""
    stage.group("admin-alb")
    rule = stage.authorize("admin-alb", tcp(8443, ANYWHERE), by=EARLIER)
    stage.settle()
    stage.at("20:30")
    stage.says("alice narrows the rule that has admitted anybody to tcp 8443 since 20:07.")
    values = {"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "CidrIpv4": "198.51.100.7/32"}
    edits = [{"SecurityGroupRuleId": rule, "SecurityGroupRule": values}]
    stage.call("ModifySecurityGroupRules", GroupId=stage.id("admin-alb"), SecurityGroupRules=edits)


def who_clicks_late(stage: Stage) -> None:
    """Who clicks late is told what has happened meanwhile"""
    stage.group("web-prod")
    stage.authorize("web-prod", tcp(22, ANYWHERE))
    stage.settle()
    seen_by_sam = stage.card().all_blocks
    stage.at("20:09")
    stage.says("@jo acknowledges the card of SSH on web-prod.")
    stage.click("acknowledge", JO)
    stage.at("20:11")
    stage.says("@sam, whose screen has not caught up, does so too.")
    stage.card().attachments[0]["blocks"] = seen_by_sam
    stage.click("acknowledge", SAM)
    stage.shows_answer(SAM)
    stage.at("20:14")
    stage.revoke("web-prod", tcp(22, ANYWHERE), by=in_session("ASIALATER00000000001"))
    stage.settle()
    stage.says("alice closes SSH, and somebody clicks after that.")
    stage.card().attachments[0]["blocks"] = seen_by_sam
    stage.click("acknowledge", SAM)
    stage.shows_answer(SAM)
    stage.forget()


def taken_back(stage: Stage) -> None:
    """An acknowledgement is taken back"""
    stage.group("web-prod")
    stage.authorize("web-prod", tcp(22, ANYWHERE))
    stage.settle()
    stage.at("20:09")
    stage.click("acknowledge", JO)
    stage.settle()
    stage.at("20:15")
    stage.says("@sam takes back what @jo acknowledged at 20:09.")
    stage.click("unacknowledge", SAM)


def a_burst_is_closed(stage: Stage) -> None:
    """What a pipeline opened on several groups is closed, group by group"""
    names = ("app-01", "app-02", "app-03")
    for name in names:
        stage.group(name)
    for name in names:
        stage.authorize(name, tcp(5432, "10.20.0.0/16"), by=TERRAFORM)
    stage.settle(200)
    stage.notes("ci-terraform has opened the database's port on three groups at 20:07.")
    stage.shows_card(0)
    for minute, name in zip((30, 32, 41), names, strict=True):
        stage.at(f"20:{minute}")
        stage.says(f"erin closes it on {name}.")
        stage.revoke(name, tcp(5432, "10.20.0.0/16"), by=ERIN)
        stage.settle(200)
        stage.shows_card(0)
    stage.forget()


def closed_in_part(stage: Stage) -> None:
    """One of two things that a call opened is closed"""
    stage.group("web-prod")
    stage.authorize("web-prod", tcp(22, ANYWHERE), tcp(8443, "10.0.0.0/8"))
    stage.notes(
        "alice has opened SSH to the internet, and tcp 8443 to a private network, on web-prod at 20:07."
    )
    stage.settle()
    stage.at("20:30")
    stage.says("erin closes SSH.")
    stage.revoke("web-prod", tcp(22, ANYWHERE), by=ERIN)
