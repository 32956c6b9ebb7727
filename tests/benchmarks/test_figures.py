from benchmarks.figures import Figure, table


def test_a_figure_is_judged_by_its_ratio_or_without_a_baseline_by_itself() -> None:
    assert Figure("command", "ms", 65, "usual app", 100, target=0.65).is_met
    assert not Figure("command", "ms", 66, "usual app", 100, target=0.65).is_met
    assert Figure("zip", "MB", 5.0, target=5).is_met
    assert not Figure("zip", "MB", 5.1, target=5).is_met
    assert Figure("load", "", 7.5).is_met
    assert not Figure("command", "units", 0, "usual app", 0, target=2).is_met, "nothing was measured"


def test_a_table_says_what_was_missed() -> None:
    head, command, size, load = table(
        [
            Figure("command", "ms", 1412.3, "usual app", 650, 0.65),
            Figure("zip", "MB", 3.14, target=5),
            Figure("load", "", 0.5),
        ]
    ).splitlines()
    assert head.split() == ["ours", "baseline", "of", "ratio", "target"]
    assert command.split() == [
        "command",
        "1,412",
        "ms",
        "650",
        "ms",
        "usual",
        "app",
        "2.17",
        "0.65",
        "missed",
    ]
    assert size.split() == ["zip", "3.1", "MB", "5.00"]
    assert load.split() == ["load", "0.5"]
