"""What changes mean, held against what the group admits before and after them, at any point and address."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.assessment import Severity, assess
from bot.core.blame import covering, since
from bot.core.exposure import exposure_of
from bot.core.meaning import Knowledge, mean
from bot.core.openness import internet, remaining
from bot.core.rules import Rule
from tests.ledgers import entry, fact_of, ledger, moment, step
from tests.property.test_any_exposure import rounded, rule_lists, rules


def distinct(found: list[Rule]) -> list[Rule]:
    return list(dict.fromkeys(found))


@given(rule_lists, rule_lists, st.data())
@settings(max_examples=150)
def test_a_change_means_what_differs_before_and_after(
    held: list[Rule], more: list[Rule], data: st.DataObject
) -> None:
    """Law: newly and no longer admitted is told if and only if it is so, and a change that opens nothing is informational."""
    before = ledger(*distinct(held))
    added = [rule for rule in distinct(more) if rule not in held]
    removed = data.draw(st.lists(st.sampled_from(held), unique=True)) if held else []
    told = step(before, adds=added, removes=removed)
    was, now = exposure_of(told.before.rules), exposure_of(told.after.rules)
    meaning = mean(told, {})
    assert meaning.knowledge is Knowledge.KNOWN
    assert bool(meaning.newly) is bool(now - was)
    assert bool(meaning.no_longer) is bool(was - now)
    assert not rounded(now - was) - exposure_of(meaning.newly) or meaning.more_newly
    for rule in (*meaning.opened, *remaining(meaning.opened, told.after, {})):
        assert any(stretch.addresses.is_internet for stretch in exposure_of([rule]).stretches)
    assert bool(remaining(meaning.newly, told.after, {}, meaning.before)) is bool(meaning.newly)
    for rule in meaning.closed:
        assert not any(each.addresses.is_internet for each in (exposure_of([rule]) & now).stretches)
    for rule in (*meaning.already, *meaning.still):
        assert rule in told.before.rules
        assert rule in told.after.rules
    if not meaning.newly:
        assert assess(fact_of(told), meaning=meaning).severity is Severity.INFORMATIONAL


@given(rules, rule_lists)
def test_rules_that_cover_another_do_and_each_is_needed(rule: Rule, others: list[Rule]) -> None:
    """Law: covering rules are found if and only if all together cover it; they do, and without any one of them they do not."""
    found = covering(rule, distinct(others), {})
    assert bool(found) is exposure_of(others).holds(rule)
    assert not found or exposure_of(found).holds(rule)
    for one in found:
        assert not exposure_of([other for other in found if other != one]).holds(rule)


@given(st.lists(st.tuples(rules, st.integers(-9, -1), st.none() | st.integers(-9, -1)), max_size=6), rules)
def test_traffic_is_admitted_since_the_last_moment_before_which_it_was_not(
    opened: list[tuple[Rule, int, int | None]], traffic: Rule
) -> None:
    """Law: at the moment that is found, and ever after, live rules admit all of the traffic; just before it they did not."""
    entries = [
        entry(rule, start, closed=None if end is None else max(start, end)) for rule, start, end in opened
    ]
    found = since(entries, traffic, {})
    wanted = exposure_of([traffic])

    def is_admitted(minutes: float) -> bool:
        live = [each for each in entries if each.opened.at <= moment(minutes).at]
        live = [each for each in live if each.closed is None or each.closed.at > moment(minutes).at]
        admitted = exposure_of(each.rule for each in live)
        return not wanted - (admitted.to_internet() if traffic.admits_any_address else admitted)

    times = [minutes / 2 for minutes in range(-20, 1)]
    broken = [minutes for minutes in times if not is_admitted(minutes)]
    if found is None:
        assert broken[-1] == times[-1]
    else:
        assert found == moment(broken[-1] + 0.5)


@given(rule_lists)
def test_what_is_open_to_the_internet_is_listed(held: list[Rule]) -> None:
    """Law: what is listed is what is open to the internet, and since the last of those opened that make it so."""
    group = ledger(*distinct(held))
    listed = exposure_of(each.rule for each in internet(group, {}))
    now = exposure_of(held)
    for stretch in now.stretches:
        there = listed.at(stretch.protocol, stretch.first)
        assert [there.holds_all(version) for version in (4, 6)] == [
            stretch.addresses.holds_nearly_all(version) for version in (4, 6)
        ]
    assert all(each.since == moment(-60) for each in internet(group, {}))
