"""Names of accounts: asked of the organisation once a day, known to each function from the table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.core.errors import OrganizationDenied, OrganizationError
from bot.core.organization import Organization
from bot.core.places import Places
from bot.workflows.account_names import AccountNames, NamingAccounts
from tests.workflows.conftest import Stage

OWN = {"111122223333": "payments-prod"}
ELSEWHERE = {"444455556666": "shop-dev"}


@dataclass
class Organizations:
    """AWS Organizations: its pages, after which *failure* is raised; `asked` counts."""

    pages: list[Mapping[str, str]] = field(default_factory=lambda: [ELSEWHERE])
    failure: Exception | None = None
    asked: int = 0

    def account_names(self) -> Iterator[Mapping[str, str]]:
        self.asked += 1
        yield from self.pages
        if self.failure:
            raise self.failure


@pytest.fixture
def organizations() -> Organizations:
    return Organizations()


def names_of(stage: Stage) -> AccountNames:
    """Give what a function knows at the start of its life."""
    return AccountNames(OWN, lambda: stage.store)


def naming(stage: Stage, organizations: Organizations, names: AccountNames) -> NamingAccounts:
    return NamingAccounts(organizations, stage.store, names, stage.world.clock)


def read(stage: Stage, organizations: Organizations) -> Organization | None:
    """Do what the schedule does, in a new life of the worker."""
    names = names_of(stage)
    names.refresh(stage.world.now)
    return naming(stage, organizations, names).read_due(lambda: True)


def test_what_the_organisation_says_is_known_to_each_function(
    stage: Stage, organizations: Organizations
) -> None:
    names = names_of(stage)
    places = Places(names)
    assert places.account("444455556666") == "account 444455556666"
    read(stage, organizations)
    names.refresh(stage.world.now)
    assert places.account("444455556666") == "shop-dev"
    assert places.account_id("SHOP-dev") == "444455556666"
    assert dict(names) == {**OWN, **ELSEWHERE}
    assert len(names) == 2


def test_the_table_is_read_once_in_a_quarter_of_an_hour_however_often_names_are_used(stage: Stage) -> None:
    names = names_of(stage)
    for _ in range(5):
        names.refresh(stage.world.now)
        assert names.get("444455556666") is None
    assert stage.world.calls == 1
    stage.pass_time(15 * 60)
    names.refresh(stage.world.now)
    assert stage.world.calls == 2


def test_where_it_is_not_wanted_nothing_is_read(stage: Stage) -> None:
    names = AccountNames(OWN, None)
    names.refresh(stage.world.now)
    assert (dict(names), stage.world.calls) == (OWN, 0)


def test_a_table_that_does_not_answer_leaves_the_names_as_they_were_and_holds_up_no_more_requests(
    stage: Stage, organizations: Organizations
) -> None:
    read(stage, organizations)
    names = names_of(stage)
    names.refresh(stage.world.now)
    stage.pass_time(15 * 60)
    calls = stage.world.calls
    stage.world.fails_at = calls + 1
    names.refresh(stage.world.now)
    names.refresh(stage.world.now)
    assert stage.world.calls == calls + 1
    assert names["444455556666"] == "shop-dev"


def test_the_organisation_is_asked_once_a_day(stage: Stage, organizations: Organizations) -> None:
    assert read(stage, organizations) is not None
    assert read(stage, organizations) is None
    stage.pass_time(24 * 3600)
    organizations.pages = [{"444455556666": "shop-prod"}]
    said = read(stage, organizations)
    assert said == Organization(stage.world.now, stage.world.now, {"444455556666": "shop-prod"})
    assert organizations.asked == 2


def test_an_account_that_may_not_ask_is_asked_once_a_day_and_is_no_failure(
    stage: Stage, organizations: Organizations
) -> None:
    organizations.pages, organizations.failure = [], OrganizationDenied("AccessDeniedException")
    said = read(stage, organizations)
    assert said == Organization(stage.world.now, trouble="AccessDeniedException", is_denied=True)
    assert stage.store.organization() == said
    stage.pass_time(3600)
    assert read(stage, organizations) is None
    names = names_of(stage)
    names.refresh(stage.world.now)
    assert dict(names) == OWN


def test_what_passes_by_itself_keeps_the_names_and_is_tried_again_in_an_hour(
    stage: Stage, organizations: Organizations
) -> None:
    read(stage, organizations)
    stage.pass_time(24 * 3600)
    organizations.pages, organizations.failure = [], OrganizationError("TooManyRequestsException")
    said = read(stage, organizations)
    assert said is not None
    assert (said.names, said.trouble, said.is_denied) == (ELSEWHERE, "TooManyRequestsException", False)
    stage.pass_time(3600)
    organizations.pages, organizations.failure = [{"444455556666": "shop"}], None
    said = read(stage, organizations)
    assert said is not None
    assert (said.names, said.trouble) == ({"444455556666": "shop"}, None)


def test_an_organisation_that_is_too_large_for_one_run_keeps_what_was_known_of_the_rest(
    stage: Stage, organizations: Organizations
) -> None:
    organizations.pages = [{"1": "one"}, {"2": "two"}]
    read(stage, organizations)
    stage.pass_time(24 * 3600)
    organizations.pages = [{"1": "uno"}, {"2": "due"}]
    names = names_of(stage)
    names.refresh(stage.world.now)
    said = naming(stage, organizations, names).read_due(lambda: False)
    assert said is not None
    assert said.names == {"1": "uno", "2": "two"}


def test_a_crash_before_it_is_kept_has_it_asked_again(stage: Stage, organizations: Organizations) -> None:
    stage.world.fails_at = 2
    with pytest.raises(Exception, match="put_item"):
        read(stage, organizations)
    assert read(stage, organizations) is not None
    assert stage.store.organization() is not None
    stage.pass_time(int(timedelta(minutes=1).total_seconds()))
    assert read(stage, organizations) is None
