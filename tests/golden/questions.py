"""Chapter 5: people ask."""

from sandbox import ERIN, JO
from tests.golden.stage import ANYWHERE, EARLIER, Stage, in_session, tcp


def view_rules(stage: Stage) -> None:
    """View rules: at once “Loading…”, then what EC2 says"""
    _ssh_is_open(stage)
    stage.at("20:10")
    stage.says("@jo clicks on View rules.")
    stage.click("view_rules")
    stage.shows_modal()
    stage.settle()
    stage.notes("A moment later:")
    stage.shows_modal()


def recent_changes(stage: Stage) -> None:
    """Recent changes of a group"""
    _ssh_is_open(stage)
    stage.at("20:15")
    stage.revoke("web-prod", tcp(22, ANYWHERE), by=ERIN)
    stage.settle()
    stage.at("20:18")
    stage.says("@jo clicks on Recent changes.")
    stage.click("recent_changes")
    stage.shows_modal()


def latest(stage: Stage) -> None:
    """The latest changes of all groups"""
    _ssh_is_open(stage)
    stage.sandbox.create_group("queue-prod", in_session("AKIAANOTHER000000001", ERIN))
    stage.settle()
    stage.at("20:20")
    stage.asks("")


def unacknowledged(stage: Stage) -> None:
    """What waits to be acknowledged"""
    _ssh_is_open(stage)
    stage.authorize("db-prod", tcp(5432, "10.0.0.0/8"), by=ERIN)
    stage.settle()
    stage.at("20:20")
    stage.asks("unacked")


def why(stage: Stage) -> None:
    """Why a port is open"""
    _ssh_is_open(stage)
    stage.at("20:20")
    stage.asks("why web-prod 22 203.0.113.7")


def rules_then(stage: Stage) -> None:
    """The rules as they were"""
    _ssh_is_open(stage)
    stage.at("20:20")
    stage.revoke("web-prod", tcp(22, ANYWHERE), by=ERIN)
    stage.settle()
    stage.at("20:30")
    stage.asks("rules web-prod at 20:10")


def exposed(stage: Stage) -> None:
    """What is open to the internet"""
    _ssh_is_open(stage)
    stage.at("20:20")
    stage.asks("exposed")


def doctor(stage: Stage) -> None:
    """Is Panopticon working?"""
    _ssh_is_open(stage)
    stage.at("20:10")
    stage.asks("doctor")


def mistaken(stage: Stage) -> None:
    """What is mistyped"""
    _ssh_is_open(stage)
    stage.at("20:10")
    stage.asks("web-prd")
    stage.asks("rules web-prod at noon")
    stage.asks("acount:dev web-prod 7 days")


def help_text(stage: Stage) -> None:
    """Help"""
    stage.asks("help", JO)


def _ssh_is_open(stage: Stage) -> None:
    stage.group("web-prod", tcp(443, ANYWHERE, text="https"))
    stage.authorize("web-prod", tcp(22, ANYWHERE, text="temp debug"), by=EARLIER)
    stage.settle()
    stage.notes("alice has opened SSH on web-prod at 20:07.")
    stage.forget()
