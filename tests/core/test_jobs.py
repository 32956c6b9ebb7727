"""Jobs on their way through a queue."""

import json
from datetime import UTC, datetime

import pytest

from bot.core.changes import GroupKey
from bot.core.errors import JobError
from bot.core.jobs import (
    BaselineJob,
    BehindJob,
    DrawJob,
    FinishJob,
    Job,
    ListEditJob,
    NamePersonJob,
    ObserveJob,
    ReadListsJob,
    ShowRulesJob,
    TellAgainJob,
    TellFoundJob,
    decode_job,
    encode_job,
    group_text,
    parse_group,
)

NOW = datetime(2026, 11, 24, 20, 7, 30, 5, tzinfo=UTC)
GROUP = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")


@pytest.mark.parametrize(
    "job",
    [
        FinishJob("a1", 3),
        TellAgainJob(GROUP, NOW),
        TellAgainJob(GROUP, None),
        pytest.param(DrawJob("4f6c0a1b2c3d4e5f"), id="draw"),
        pytest.param(ObserveJob(GROUP, "4f6c0a1b2c3d4e5f"), id="observe for an alert"),
        pytest.param(ObserveJob(GROUP, None), id="observe for nobody"),
        pytest.param(BehindJob("4f6c0a1b2c3d4e5f"), id="look behind"),
        pytest.param(BehindJob("4f6c0a1b2c3d4e5f", has_waited=True), id="look behind, after waiting"),
        pytest.param(NamePersonJob("4f6c0a1b2c3d4e5f"), id="name a person"),
        pytest.param(ShowRulesJob(GROUP, "V0AB12CD3"), id="show rules"),
        pytest.param(BaselineJob("111122223333", "eu-west-1", None, "run-1"), id="first page of a baseline"),
        pytest.param(BaselineJob("111122223333", "eu-west-1", "t" * 2000, "run-1"), id="page of a baseline"),
        pytest.param(ReadListsJob(GROUP, ("pl-1", "pl-2"), NOW), id="read lists for alerts"),
        pytest.param(ReadListsJob(GROUP, ("pl-1",), None), id="read a list for nobody"),
        pytest.param(TellFoundJob(GROUP, NOW), id="tell what was found"),
        pytest.param(ListEditJob("4f6c0a1b2c3d4e5f"), id="an edit of a list"),
    ],
)
def test_a_job_comes_out_of_the_queue_as_it_went_in(job: Job) -> None:
    assert decode_job(encode_job(job)) == job


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("{", id="not JSON"),
        pytest.param("[]", id="a list"),
        pytest.param("3", id="a number"),
        pytest.param("{}", id="no kind"),
        pytest.param('{"kind": "dance"}', id="a kind nobody knows"),
        pytest.param('{"kind": []}', id="a kind that is no text"),
        pytest.param('{"kind": "draw"}', id="no alert"),
        pytest.param('{"kind": "observe", "group": "sg-0a"}', id="a group without account and region"),
        pytest.param('{"kind": "observe", "group": "a/b/c/d"}', id="a group of four parts"),
        pytest.param('{"kind": "show_rules", "group": "111122223333/eu-west-1/sg-0a"}', id="no view"),
        pytest.param('{"kind": "baseline", "account": "1", "region": "eu-west-1"}', id="no run"),
        pytest.param(
            '{"kind": "baseline", "account": "1#2", "region": "a", "run": "r"}', id="no account's id"
        ),
        pytest.param('{"kind": "show_rules", "view_id": "V1"}', id="no group"),
        pytest.param('{"kind": "read_lists", "group": "1/eu-west-1/sg-0a"}', id="no lists"),
        pytest.param(
            '{"kind": "read_lists", "group": "1/eu-west-1/sg-0a", "lists": "pl-1", "since": "noon"}',
            id="a time that is none",
        ),
        pytest.param('{"kind": "list_edit"}', id="no alert of an edit"),
    ],
)
def test_what_is_not_a_job_is_refused(body: str) -> None:
    with pytest.raises(JobError):
        decode_job(body)


def test_a_group_keeps_account_and_region_on_its_one_line() -> None:
    assert group_text(GROUP) == "111122223333/eu-west-1/sg-0a1b2c3d4e5f60718"
    assert parse_group(group_text(GROUP)) == GROUP


def test_a_job_is_small() -> None:
    assert len(json.dumps(encode_job(ShowRulesJob(GROUP, "V" * 20)))) < 300
