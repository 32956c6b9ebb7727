"""Every group is read soon after installation, through the functions themselves."""

from sandbox import JO, Sandbox


def doctor(sandbox: Sandbox) -> str:
    sandbox.command(JO, "doctor")
    return sandbox.slack.ephemerals(JO)[-1].plain()


def test_the_first_delete_after_installation_tells_what_the_group_held(sandbox: Sandbox) -> None:
    sandbox.queues.run_schedule()
    sandbox.drain()
    assert sandbox.slack.messages() == []
    sandbox.delete_group("old-bastion")
    sandbox.drain()
    assert sandbox.slack.messages() == []
    sandbox.command(JO, "old-bastion")
    assert "former office" in sandbox.slack.ephemerals(JO)[-1].plain()


def test_the_doctor_says_what_was_read_and_heard_from(sandbox: Sandbox) -> None:
    sandbox.queues.run_schedule()
    sandbox.drain()
    assert "no event yet. 7 groups read" in doctor(sandbox)
    sandbox.open_ssh()
    sandbox.drain()
    shown = doctor(sandbox)
    assert "1 place watched" in shown
    assert "no event yet" not in shown


def test_a_schedule_that_comes_again_begins_nothing_within_the_day(sandbox: Sandbox) -> None:
    for _ in range(2):
        sandbox.queues.run_schedule()
        sandbox.drain()
    asked = [call.operation for call in sandbox.aws.calls if call.service == "ec2"]
    assert asked.count("DescribeSecurityGroups") == 1
