"""What was kept from the channel on one day, counted."""

from dataclasses import replace
from datetime import date

from bot.core.alerts import Alert
from bot.core.assessment import Assessment, Severity
from bot.core.quiet import Quiet, QuietReason
from bot.core.quiet_day import QuietDay, count_day, is_never_told
from tests.makers import GROUP, a_change, an_alert

DAY = date(2026, 11, 24)
OTHER = replace(GROUP, group_id="sg-0d4e5f60718293041")


def quiet(reason: QuietReason | None, by: str = "low", *, group_id: str | None = GROUP.group_id) -> Alert:
    alert = an_alert(
        a_change(group_id=group_id, mentioned=() if group_id else (GROUP.group_id, OTHER.group_id))
    )
    why = Quiet(reason, by) if reason else None
    return replace(alert, quiet=why, assessment=Assessment(Severity.LOW), group_name="web-prod")


BELOW, MUTED = quiet(QuietReason.BELOW_THRESHOLD), quiet(QuietReason.MUTED, "m1")
EXPECTED, UPKEEP, CAUGHT_UP, POSTED = (
    quiet(QuietReason.EXPECTED, "ci"),
    quiet(QuietReason.UPKEEP, "elasticloadbalancing.amazonaws.com"),
    quiet(QuietReason.CAUGHT_UP, "c1"),
    quiet(None),
)


def test_what_no_message_tells_is_counted_by_why() -> None:
    day = count_day(DAY, [BELOW, BELOW, MUTED, EXPECTED, UPKEEP, CAUGHT_UP, POSTED], is_cut=True)
    groups = ((GROUP, "web-prod", 5),)
    assert day == QuietDay(DAY, ((Severity.LOW, 2),), (("ci", 1),), 1, groups, is_cut=True, upkeep=1)
    assert day.count == 5
    assert [is_never_told(each) for each in (BELOW, CAUGHT_UP, POSTED)] == [True, False, False]


def test_a_call_on_several_groups_counts_for_each_and_names_none() -> None:
    day = count_day(DAY, [quiet(QuietReason.MUTED, "m1", group_id=None)])
    assert day.groups == ((GROUP, None, 1), (OTHER, None, 1))


def test_groups_beyond_the_first_three_are_counted() -> None:
    assert count_day(DAY, [quiet(QuietReason.MUTED, group_id=f"sg-{n}") for n in range(5)]).other_groups == 2
