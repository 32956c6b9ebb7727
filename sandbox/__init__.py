"""A Slack workspace and an AWS account in one process, to try and to test the bot without either."""

from sandbox.client import NotSubmitted
from sandbox.endpoint import Answer
from sandbox.principals import ALICE, BOB, ERIN, ROOT, TERRAFORM, Principal
from sandbox.slack_objects import (
    APP_ID,
    BOT_USER,
    CHANNEL,
    JO,
    KIM,
    LEE,
    OTHER_CHANNEL,
    OTHER_TEAM_ID,
    SAM,
    TEAM,
    ApiCall,
    Message,
    View,
)
from sandbox.world import BOT_TOKEN, SIGNING_SECRET, Sandbox

__all__ = [
    "ALICE",
    "APP_ID",
    "BOB",
    "BOT_TOKEN",
    "BOT_USER",
    "CHANNEL",
    "ERIN",
    "JO",
    "KIM",
    "LEE",
    "OTHER_CHANNEL",
    "OTHER_TEAM_ID",
    "ROOT",
    "SAM",
    "SIGNING_SECRET",
    "TEAM",
    "TERRAFORM",
    "Answer",
    "ApiCall",
    "Message",
    "NotSubmitted",
    "Principal",
    "Sandbox",
    "View",
]
