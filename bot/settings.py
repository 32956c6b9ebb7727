"""What a function is told by its environment; the only reader of os.environ."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.core.errors import PanopticonError
from bot.core.places import portal_address


class SettingsError(PanopticonError):
    """A variable of the environment is missing or does not hold what it should."""


@dataclass(frozen=True, slots=True)
class Settings:
    """
    How one deployment is set up.

    *slack_parameters* is the path in the SSM Parameter Store under which Slack's secrets lie. *history* is how long
    changes are kept. *slack_api_url* differs only for GovSlack. *sso_portal* is the address at which people sign in to
    AWS, None where links are to go to the console itself. *account_id* is the account that the functions run in;
    CloudFormation, which knows it, tells it, so that nobody has to be asked. *slack_channel* is the id of the alert channel,
    None where it lies with the secrets. *organization_names* says whether AWS Organizations is asked what accounts are called.
    """

    table_name: str
    jobs_queue_url: str
    slack_parameters: str
    history: timedelta
    slack_api_url: str
    account_id: str
    sso_portal: str | None = None
    slack_channel: str | None = None
    organization_names: bool = False

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """
        Read the settings from *environment*.

        Raises:
            SettingsError: a variable is missing or wrong; the message names it.
        """
        days = environment.get("HISTORY_DAYS", "400")
        if not days.isdecimal() or not 1 <= int(days) <= 3650:
            raise SettingsError(f"HISTORY_DAYS: expected whole days from 1 to 3650, found {days!r}")
        organization_names = environment.get("ORGANIZATION_NAMES", "no").strip()
        if organization_names not in ("yes", "no"):
            raise SettingsError(f"ORGANIZATION_NAMES: expected yes or no, found {organization_names!r}")
        slack_api_url = environment.get("SLACK_API_URL", "https://slack.com/api/")
        return cls(
            table_name=_required(environment, "TABLE_NAME"),
            jobs_queue_url=_required(environment, "JOBS_QUEUE_URL"),
            slack_parameters=_required(environment, "SLACK_PARAMETERS").rstrip("/"),
            history=timedelta(days=int(days)),
            account_id=_required(environment, "ACCOUNT_ID"),
            slack_channel=environment.get("SLACK_CHANNEL", "").strip() or None,
            organization_names=organization_names == "yes",
            sso_portal=_portal(environment.get("SSO_PORTAL", "").strip()),
            slack_api_url=slack_api_url if slack_api_url.endswith("/") else f"{slack_api_url}/",
        )


def load_settings() -> Settings:
    """Read the settings from this process's environment."""
    return Settings.read(os.environ)


def aws_environment() -> Mapping[str, str]:
    """Give what AWS's own programs read in this process's environment: region, credentials, addresses."""
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


def is_before_snapshot() -> bool:
    """
    Tell whether this process is started for Lambda to take a snapshot of it, from which others go on.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    """
    return os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"


def _portal(address: str) -> str | None:
    try:
        return portal_address(address) if address else None
    except ValueError:
        raise SettingsError(
            f"SSO_PORTAL: expected an address as https://example.awsapps.com/start, found {address!r}"
        ) from None


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise SettingsError(f"{name}: not set")
    return value
