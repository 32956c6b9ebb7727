"""policy.toml: what it may say, and with which place it is refused where it says something else."""

from datetime import UTC, datetime, time
from ipaddress import ip_network
from pathlib import Path

import pytest

from bot.core.assessment import Severity
from bot.core.changes import GroupKey
from bot.core.mutes import MutedPrincipal, MuteSubject
from bot.core.quieting import QuietPolicy
from bot.core.rules import PortRange
from bot.core.severity import SensitivePorts, SeverityPolicy
from bot.policy import POLICY_FILE, Policy, PolicyError, load_policy

ACCOUNTS = '[accounts]\n"111122223333" = "payments-prod"\n'
EXPECTED = """[[expected]]
name = "ci"
accounts = ["payments-prod", "444455556666"]
role = "ci-apply"
networks = ["198.51.100.0/24", "2001:db8::/32"]
"""
MUTE = """[[mutes]]
finding = "EC2.18"
owner = "jo"
reason = "load test"
from = 2026-11-24
until = 2026-12-01
"""
LINK = 'run_link = {{ session = "{0}", url = "{1}" }}\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def with_defaults_said(text: str) -> str:
    """Take the comment signs from what policy.toml shows."""
    lines = text.splitlines()
    starts = ("[[", '"', *(f"{word} =" for word in POLICY_WORDS))
    return "\n".join(
        line.removeprefix("# ") if line.removeprefix("# ").startswith(starts) else line for line in lines
    )


POLICY_WORDS = (
    *(
        "least_severity",
        "observe_only",
        "aws_services",
        "digest",
        "name",
        "accounts",
        "role",
        "networks",
        "when",
        "run_link",
    ),
    *("group", "account", "region", "principal", "finding", "owner", "reason", "from", "until"),
    *("also_critical", "tags", "people", "wide_ipv4", "many_rules", "sensitive_ports"),
)


class TestTheRepositorysOwn:
    def test_it_is_right_and_says_nothing_but_the_defaults(self) -> None:
        assert POLICY_FILE.exists()
        assert load_policy() == Policy()
        assert Policy().quieting == QuietPolicy(least=Severity.LOW)

    def test_it_is_short(self) -> None:
        assert len(POLICY_FILE.read_text().splitlines()) < 50

    def test_what_it_shows_in_comments_can_be_said(self, tmp_path: Path) -> None:
        text = with_defaults_said(POLICY_FILE.read_text())
        policy = load_policy(written(tmp_path, text))
        said = {line.partition(" =")[0] for line in text.splitlines() if not line.startswith("#")}
        assert said >= set(POLICY_WORDS)
        assert (policy.digest_at, policy.quieting.least) == (Policy().digest_at, Severity.LOW)
        assert policy.networks.names == {"Seoul office"}
        assert policy.managed_tags == {"acme:stack"}
        assert not policy.mentions
        assert len(policy.accounts) == len(policy.quieting.expected) == len(policy.quieting.mutes) == 1


class TestDefaults:
    @pytest.mark.parametrize(
        "text", ["", "# nothing but a comment", "[accounts]", "[channels]", "[channels.alerts]"]
    )
    def test_what_is_not_said_has_a_default(self, tmp_path: Path, text: str) -> None:
        assert load_policy(written(tmp_path, text)) == Policy()

    def test_without_the_file_the_defaults_hold(self, tmp_path: Path) -> None:
        assert load_policy(tmp_path / "policy.toml") == Policy()


class TestWhatItSays:
    def test_accounts_get_their_names(self, tmp_path: Path) -> None:
        text = '[accounts]\n"111122223333" = " payments-prod "\n000000000001 = "Züri <!here>"\n'
        policy = load_policy(written(tmp_path, text))
        assert policy.accounts == {"111122223333": "payments-prod", "000000000001": "Züri <!here>"}

    def test_networks_get_their_names(self, tmp_path: Path) -> None:
        text = (
            '[networks]\n" Seoul office " = ["203.0.113.0/24", "2001:db8:5e::/48"]\nVPN = ["198.51.100.7"]\n'
        )
        networks = load_policy(written(tmp_path, text)).networks
        assert networks.names == {"Seoul office", "VPN"}
        assert networks.networks_of("seoul office") == (
            ip_network("203.0.113.0/24"),
            ip_network("2001:db8:5e::/48"),
        )

    def test_an_expected_principal_may_call_from_networks_by_their_name(self, tmp_path: Path) -> None:
        text = EXPECTED.replace('"198.51.100.0/24"', '"VPN"').replace("payments-prod", "111122223333")
        text += '[networks]\nvpn = ["203.0.113.7", "203.0.113.64/28"]\n'
        (expected,) = load_policy(written(tmp_path, text)).quieting.expected
        named = [ip_network("203.0.113.7"), ip_network("203.0.113.64/28")]
        assert list(expected.networks) == [*named, ip_network("2001:db8::/32")]

    def test_it_says_by_which_tags_code_marks_groups_and_whether_people_are_mentioned(
        self, tmp_path: Path
    ) -> None:
        policy = load_policy(
            written(tmp_path, '[tags]\nmanaged = ["acme:stack"]\n[people]\nmention = true\n')
        )
        assert policy.managed_tags == {"acme:stack"}
        assert policy.mentions

    @pytest.mark.parametrize(
        ("text", "least"),
        [
            ('least_severity = "informational"', Severity.INFORMATIONAL),
            ('least_severity = "high"', Severity.HIGH),
            ("observe_only = true", Severity.CRITICAL),
            ('observe_only = true\nleast_severity = "low"', Severity.CRITICAL),
            ("observe_only = false", Severity.LOW),
        ],
    )
    def test_the_channel_has_a_threshold(self, tmp_path: Path, text: str, least: Severity) -> None:
        assert load_policy(written(tmp_path, f"[channels.alerts]\n{text}")).quieting.least is least

    @pytest.mark.parametrize(("said", "at"), [("7:30", time(7, 30)), ("23:59", time(23, 59)), ("off", None)])
    def test_the_digest_has_its_time(self, tmp_path: Path, said: str, at: time | None) -> None:
        assert load_policy(written(tmp_path, f'[channels.alerts]\ndigest = "{said}"')).digest_at == at

    def test_an_expected_principal_is_a_role_of_accounts_and_networks(self, tmp_path: Path) -> None:
        (expected,) = load_policy(written(tmp_path, ACCOUNTS + EXPECTED)).quieting.expected
        assert (expected.name, expected.roles) == ("ci", frozenset({"ci-apply"}))
        assert expected.accounts == {"111122223333", "444455556666"}
        assert expected.networks == (ip_network("198.51.100.0/24"), ip_network("2001:db8::/32"))
        assert not expected.is_silent
        assert expected.run_link is None

    def test_it_may_be_several_roles(self, tmp_path: Path) -> None:
        text = EXPECTED.replace('role = "ci-apply"', 'roles = ["ci-apply", "balancers"]')
        (expected,) = load_policy(written(tmp_path, ACCOUNTS + text)).quieting.expected
        assert expected.roles == {"ci-apply", "balancers"}

    @pytest.mark.parametrize(("said", "posts"), [("quiet", False), ("post", True)])
    def test_upkeep_by_aws_services_is_posted_where_that_is_wanted(
        self, tmp_path: Path, said: str, posts: bool
    ) -> None:
        text = f'[channels.alerts]\naws_services = "{said}"'
        assert load_policy(written(tmp_path, text)).quieting.posts_upkeep is posts

    def test_an_expected_principal_may_be_silent_and_lead_to_its_runs(self, tmp_path: Path) -> None:
        link = LINK.format("run-(?P<n>[0-9]+)", "https://ci.example.com/{n}?of={n}")
        (expected,) = load_policy(
            written(tmp_path, f'{ACCOUNTS}{EXPECTED}when = "silent"\n{link}')
        ).quieting.expected
        assert expected.is_silent
        assert expected.run_link is not None
        assert expected.run_link.url_of("run-7") == "https://ci.example.com/7?of=7"

    def test_a_mute_ends_when_its_last_day_begins(self, tmp_path: Path) -> None:
        (mute,) = load_policy(written(tmp_path, MUTE)).quieting.mutes
        assert mute.subject == MuteSubject(finding="EC2.18")
        assert (mute.owner, mute.reason) == ("jo", "load test")
        assert mute.since == datetime(2026, 11, 24, tzinfo=UTC)
        assert mute.until == datetime(2026, 12, 1, tzinfo=UTC)
        assert mute.is_of_file
        assert not mute.also_critical

    def test_a_mute_may_be_of_a_group_and_a_principal(self, tmp_path: Path) -> None:
        more = 'group = "sg-0a"\naccount = "payments-prod"\nregion = "eu-west-1"\nprincipal = "erin"\n'
        (mute,) = load_policy(
            written(tmp_path, f"{ACCOUNTS}{MUTE}{more}also_critical = true\n")
        ).quieting.mutes
        assert mute.subject.group == GroupKey("111122223333", "eu-west-1", "sg-0a")
        assert mute.subject.principal == MutedPrincipal("erin", "111122223333")
        assert mute.also_critical

    def test_ninety_days_are_not_too_long(self, tmp_path: Path) -> None:
        text = MUTE.replace("2026-12-01", "2027-02-22")
        (mute,) = load_policy(written(tmp_path, text)).quieting.mutes
        assert (mute.until - mute.since).days == 90


def alerts(text: str) -> str:
    return f"[channels.alerts]\n{text}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("accounts = [", "policy.toml: ", id="not TOML"),
        pytest.param('[account]\n"111122223333" = "a"', "policy.toml:1: account: nothing is called 'account' here; did you mean 'accounts'?", id="misspelt"),
        pytest.param("zzz = 1", "policy.toml:1: zzz: nothing is called 'zzz' here; known: accounts, channels, expected, mutes, networks, people, severity, tags", id="not known"),
        pytest.param('accounts = "a"', "policy.toml:1: accounts: expected a table, as [accounts]", id="no table"),
        pytest.param('[accounts]\n"11112222333" = "a"', "policy.toml:2: accounts.11112222333: expected an account id", id="short"),
        pytest.param('[accounts]\n"1111-2222-3333" = "a"', "expected an account id of 12 digits", id="dashes"),
        pytest.param('[accounts]\n"٣٣٣٣٤٤٤٤٥٥٥٥" = "a"', "expected an account id of 12 digits", id="other digits"),
        pytest.param('[accounts]\n"111122223333" = 7', "expected a name, found 7", id="a number"),
        pytest.param('[accounts]\n"111122223333" = " "', "expected a name, found ' '", id="blank"),
        pytest.param(
            '[accounts]\n"111122223333" = "a"\n"444455556666" = "a"', "policy.toml:3: accounts.444455556666: another account is called 'a' too", id="twice"
        ),
        pytest.param(
            '[accounts]\n"111122223333" = "a"\n"444455556666" = " A"',
            "another account is called ' A' too",
            id="twice, but for case and spaces",
        ),
        pytest.param('[networks]\n"Seoul" = "10.0.0.0/8"', "policy.toml:2: networks.Seoul: expected a list of texts", id="a network without a list"),
        pytest.param('[networks]\n\n"Seoul" = ["10.0.0.1/8"]', 'policy.toml:3: networks.Seoul: expected networks, as "203.0.113.0/24": 10.0.0.1/8 has host bits set', id="no network with a name"),
        pytest.param('[networks]\nSeoul = ["10.0.0.0/8"]\n"seoul " = ["172.16.0.0/12"]', "policy.toml:3: networks.seoul : another network is called 'seoul' too", id="two networks of a name"),
        pytest.param('[networks]\nSeoul = ["10.0.0.0/8"]\nBusan = ["10.0.0.0/8"]', "policy.toml:3: networks.Busan: 10.0.0.0/8 is called 'Seoul' already", id="two names of a network"),
        pytest.param(f'[networks]\n{"x" * 41} = ["10.0.0.0/8"]', "expected a name of at most 40 characters", id="a long name"),
        pytest.param('[networks]\nOffice = ["0.0.0.0/0"]', "policy.toml:2: networks.Office: 0.0.0.0/0 is every address, which is no network of yours", id="every IPv4 address with a name"),
        pytest.param('[networks]\nOffice = ["::/0"]', "policy.toml:2: networks.Office: ::/0 is every address", id="every IPv6 address with a name"),
        pytest.param('[networks]\n"Not a known network" = ["8.8.8.0/24"]', "so cards call what is in none of these networks", id="the name of no network"),
        pytest.param('[networks]\n" " = ["10.0.0.0/8"]', "policy.toml:2: networks. : expected a name of at most 40 characters", id="a blank name"),
        pytest.param('[tags]\nmanaged = "x"', "policy.toml:2: tags.managed: expected a list of texts", id="tags"),
        pytest.param('[tags]\nkeys = ["x"]', "policy.toml:2: tags.keys: nothing is called 'keys' here", id="another key of tags"),
        pytest.param('people = { mention = "yes" }', "policy.toml:1: people.mention: expected true or false, found 'yes'", id="mention"),
        pytest.param('[channels.alert]\n', "policy.toml:1: channels.alert: nothing is called 'alert' here; did you mean 'alerts'?", id="another channel"),
        pytest.param(alerts('least_severity = "lowest"'), "policy.toml:2: channels.alerts.least_severity: expected one of informational, low, medium, high, critical, found 'lowest'", id="severity"),
        pytest.param(alerts("least_severity = 1"), "channels.alerts.least_severity: expected one of", id="severity as a number"),
        pytest.param(alerts('observe_only = "yes"'), "channels.alerts.observe_only: expected true or false, found 'yes'", id="switch"),
        pytest.param(alerts('\n\ndigest = "24:00"'), "policy.toml:4: channels.alerts.digest: expected a time of the day in UTC", id="no such hour"),
        pytest.param(alerts('digest = "9"'), "channels.alerts.digest: expected a time", id="no minutes"),
        pytest.param(alerts("digest = 09:00:00"), "channels.alerts.digest: expected a text", id="a time of TOML's"),
        pytest.param("expected = 1", "policy.toml:1: expected: expected tables, each as [[expected]]", id="no tables"),
        pytest.param(ACCOUNTS + EXPECTED + 'roles = ["x"]', "policy.toml:6: expected[1].role: expected either role or roles", id="a role and roles"),
        pytest.param(ACCOUNTS + EXPECTED.replace('role = "ci-apply"\n', ""), "policy.toml:3: expected[1].role: is missing", id="no role"),
        pytest.param(ACCOUNTS + EXPECTED + EXPECTED.replace("payments-prod", "payments"), "policy.toml:10: expected[2].accounts: expected an account's 12 digits, or its name under [accounts], found 'payments'", id="no such account"),
        pytest.param(ACCOUNTS + EXPECTED + "networks_ = []", "policy.toml:8: expected[1].networks_: nothing is called 'networks_' here; did you mean 'networks'?", id="unknown key"),
        pytest.param(ACCOUNTS + EXPECTED.replace("198.51.100.0/24", "198.51.100.7/24"), "policy.toml:7: expected[1].networks: expected networks, as \"203.0.113.0/24\": 198.51.100.7/24 has host bits set", id="no network"),
        pytest.param(ACCOUNTS + EXPECTED.replace('["198.51.100.0/24", "2001:db8::/32"]', "[]"), "expected[1].networks: expected a list of texts", id="no networks"),
        pytest.param(ACCOUNTS + EXPECTED.replace('["198.51.100.0/24", "2001:db8::/32"]', '"10.0.0.0/8"'), "expected[1].networks: expected a list of texts", id="one network"),
        pytest.param(ACCOUNTS + EXPECTED + 'when = "never"', "policy.toml:8: expected[1].when: expected one of acknowledge, silent", id="when"),
        pytest.param(ACCOUNTS + EXPECTED + 'user_agent = "Terraform"', "nothing is called 'user_agent'", id="by user agent"),
        pytest.param(ACCOUNTS + EXPECTED + LINK.format("(", "https://a.example/"), "policy.toml:8: expected[1].run_link.session: not a regular expression", id="pattern"),
        pytest.param(ACCOUNTS + EXPECTED + LINK.format("(?P<a>.)", "https://a.example/{b}"), "run_link.url: session has no group that is called 'b'", id="no such group"),
        pytest.param(ACCOUNTS + EXPECTED + LINK.format("(?P<a>.)", "http://a.example/{a}"), "run_link.url: expected an address that begins with https://", id="not https"),
        pytest.param(ACCOUNTS + EXPECTED + LINK.format("(?P<a>.)", "https://{a}.example/"), "run_link.url: expected an address that begins with https://", id="the host from outside"),
        pytest.param(ACCOUNTS + EXPECTED + LINK.format("(?P<a>.)", "https://{a}"), "run_link.url: expected an address that begins with https://", id="all of the host"),
        pytest.param(ACCOUNTS + EXPECTED + LINK.format("(?P<a>.)", "https://["), "run_link.url: not an address", id="no address"),
        pytest.param(MUTE.replace("until = 2026-12-01\n", ""), "policy.toml:1: mutes[1].until: is missing", id="without an end"),
        pytest.param(MUTE.replace("2026-12-01", "2027-02-23"), "policy.toml:6: mutes[1].until: a mute lasts 90 days at most, this one 91", id="too long"),
        pytest.param(MUTE.replace("2026-12-01", "2026-11-24"), "mutes[1].until: expected a day after 2026-11-24", id="over at once"),
        pytest.param(MUTE.replace("2026-12-01", '"2026-12-01"'), "mutes[1].until: expected a day without quotes", id="a day in quotes"),
        pytest.param(MUTE.replace("2026-12-01", "2026-12-01T00:00:00Z"), "mutes[1].until: expected a day without quotes", id="a moment"),
        pytest.param(MUTE.replace('finding = "EC2.18"\n', ""), "policy.toml:1: mutes[1]: expected one of group, principal, finding", id="nothing muted"),
        pytest.param(MUTE.replace('finding = "EC2.18"', 'group = "sg-1"'), "mutes[1].account: is missing", id="a group without its account"),
        pytest.param(MUTE.replace('finding = "EC2.18"', 'principal = "erin"'), "mutes[1].account: is missing", id="a principal without its account"),
        pytest.param(MUTE + 'account = "111122223333"\n', "mutes[1].account: nothing is called 'account' here", id="an account with nothing in it"),
        pytest.param(MUTE.replace("load test", "x" * 301), "mutes[1].reason: expected at most 300 characters, found 301", id="a long reason"),
        pytest.param(MUTE.replace('owner = "jo"\n', ""), "mutes[1].owner: is missing", id="nobody's"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PolicyError) as raised:
        load_policy(written(tmp_path, text))
    assert str(raised.value).startswith("policy.toml:")
    assert said in str(raised.value)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyError, match=r"policy\.toml"):
        load_policy(path)


SEVERITY = """[severity]
wide_ipv4 = 20
wide_ipv6 = 40
many_rules = 100
[severity.sensitive_ports]
"billing API" = 8444
"game servers" = ["7000-7010", 7777]
"""


class TestSeverity:
    def test_networks_with_names_are_own_unless_they_are_too_wide_for_anybody(self, tmp_path: Path) -> None:
        named = '[networks]\n"Seoul office" = ["52.78.10.0/24", "2600::/16"]\n"World" = ["0.0.0.0/7", "2600::/15"]'
        severities = load_policy(written(tmp_path, named)).severities
        assert severities.networks.names == {"Seoul office"}

    def test_bounds_and_sensitive_ports_are_read(self, tmp_path: Path) -> None:
        assert load_policy(written(tmp_path, SEVERITY)).severities == SeverityPolicy(
            sensitive=(
                SensitivePorts("billing API", PortRange(8444, 8444)),
                SensitivePorts("game servers", PortRange(7000, 7010)),
                SensitivePorts("game servers", PortRange(7777, 7777)),
            ),
            wide_ipv4=20,
            wide_ipv6=40,
            many_rules=100,
        )

    @pytest.mark.parametrize(
        ("entry", "value"),
        [("wide_ipv4", 8), ("wide_ipv6", 16), ("wide_ipv4", 32), ("wide_ipv6", 128), ("many_rules", 1000)],
    )
    def test_the_outermost_bounds_can_be_said(self, tmp_path: Path, entry: str, value: int) -> None:
        policy = load_policy(written(tmp_path, f"[severity]\n{entry} = {value}"))
        assert getattr(policy.severities, entry) == value

    @pytest.mark.parametrize(
        ("line", "fault"),
        [
            ("wide_ipv4 = 33", "severity.wide_ipv4: expected a whole number from 8 to 32, found 33"),
            ("wide_ipv4 = 0", "severity.wide_ipv4: expected a whole number from 8 to 32, found 0"),
            ("wide_ipv4 = true", "severity.wide_ipv4: expected a whole number from 8 to 32, found True"),
            ('wide_ipv6 = "48"', "severity.wide_ipv6: expected a whole number from 16 to 128, found '48'"),
            ("many_rules = 1001", "severity.many_rules: expected a whole number from 1 to 1000, found 1001"),
            ("many = 5", "severity.many: nothing is called 'many' here; known: many_rules"),
            ('sensitive_ports = "8444"', "severity.sensitive_ports: expected a table, as [severity.sensitive_ports]"),
            ('sensitive_ports = { api = "x" }', "severity.sensitive_ports.api: expected a port, as 8444"),
            ("sensitive_ports = { api = 65536 }", "severity.sensitive_ports.api: expected a port, as 8444"),
            ("sensitive_ports = { api = -1 }", "severity.sensitive_ports.api: expected a port, as 8444"),
            ('sensitive_ports = { api = "9-8" }', "severity.sensitive_ports.api: expected a port, as 8444"),
            ("sensitive_ports = { api = true }", "severity.sensitive_ports.api: expected a port, as 8444"),
            ("sensitive_ports = { api = [] }", "severity.sensitive_ports.api: expected a port at least"),
            ('sensitive_ports = { " " = 1 }', "expected a name of 1 to 40 characters"),
            (f'sensitive_ports = {{ "{"x" * 41}" = 1 }}', "expected a name of 1 to 40 characters"),
        ],
    )  # fmt: skip
    def test_what_is_not_as_it_should_be_is_refused_with_its_place(
        self, tmp_path: Path, line: str, fault: str
    ) -> None:
        with pytest.raises(PolicyError) as refused:
            load_policy(written(tmp_path, f"[severity]\n{line}"))
        assert str(refused.value).startswith("policy.toml:2: ")
        assert fault in str(refused.value)
