"""When the organisation is asked again, and what an account is called of which two names are known."""

from datetime import timedelta

import pytest

from bot.core.organization import Organization, names_in_use, troubled
from tests.makers import NOW

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
READ = Organization(NOW, NOW, {"111122223333": "payments"})


@pytest.mark.parametrize(
    ("organization", "wait"),
    [
        pytest.param(READ, DAY, id="read"),
        pytest.param(troubled(READ, NOW, "AccessDeniedException", is_denied=True), DAY, id="denied"),
        pytest.param(troubled(READ, NOW, "TooManyRequestsException"), HOUR, id="trouble"),
    ],
)
def test_it_is_asked_again_a_day_later_or_an_hour_after_what_may_pass(
    organization: Organization, wait: timedelta
) -> None:
    assert not organization.is_due(NOW + wait - timedelta(seconds=1))
    assert organization.is_due(NOW + wait)


def test_a_trouble_keeps_the_names_that_were_read_and_since_when() -> None:
    later = troubled(READ, NOW + DAY, "ServiceException")
    assert (later.names, later.read, later.asked) == (READ.names, NOW, NOW + DAY)
    first = troubled(None, NOW, "AccessDeniedException", is_denied=True)
    assert (dict(first.names), first.read) == ({}, None)


@pytest.mark.parametrize(
    ("own", "organization", "names"),
    [
        pytest.param({}, {"1": "pay"}, {"1": "pay"}, id="of the organisation"),
        pytest.param({"1": "Pay"}, {"1": "payments"}, {"1": "Pay"}, id="ours wins"),
        pytest.param({}, {"1": "dev", "2": "DEV"}, {"1": "dev (1)", "2": "DEV (2)"}, id="shared"),
        pytest.param({"1": "dev"}, {"2": "dev"}, {"1": "dev", "2": "dev (2)"}, id="shared with one of ours"),
    ],
)
def test_each_account_has_one_name_and_no_two_the_same(
    own: dict[str, str], organization: dict[str, str], names: dict[str, str]
) -> None:
    assert names_in_use(own, organization) == names
