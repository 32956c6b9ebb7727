"""policy.toml."""

from pathlib import Path

import pytest

from bot.policy import POLICY_FILE, Policy, PolicyError, load_policy


def written(folder: Path, text: str) -> Path:
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_repositorys_own_policy_is_right_and_names_no_account() -> None:
    assert POLICY_FILE.exists()
    assert load_policy() == Policy()


@pytest.mark.parametrize("text", ["", "# nothing but a comment", "[accounts]"])
def test_what_is_not_said_has_a_default(tmp_path: Path, text: str) -> None:
    assert load_policy(written(tmp_path, text)) == Policy()


def test_without_the_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_policy(tmp_path / "policy.toml") == Policy()


def test_accounts_get_their_names(tmp_path: Path) -> None:
    text = '[accounts]\n"111122223333" = " payments-prod "\n000000000001 = "Züri <!here>"\n'
    policy = load_policy(written(tmp_path, text))
    assert policy.accounts == {"111122223333": "payments-prod", "000000000001": "Züri <!here>"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("accounts = [", "policy.toml: ", id="not TOML"),
        pytest.param('[account]\n"111122223333" = "a"', "nothing is called 'account'; known: accounts", id="misspelt"),
        pytest.param('accounts = "a"', "accounts: expected a table", id="no table"),
        pytest.param('[accounts]\n"11112222333" = "a"', "accounts.11112222333: expected an account id", id="short"),
        pytest.param('[accounts]\n"1111-2222-3333" = "a"', "expected an account id of 12 digits", id="dashes"),
        pytest.param('[accounts]\n"٣٣٣٣٤٤٤٤٥٥٥٥" = "a"', "expected an account id of 12 digits", id="other digits"),
        pytest.param('[accounts]\n"111122223333" = 7', "expected a name, found 7", id="a number"),
        pytest.param('[accounts]\n"111122223333" = " "', "expected a name, found ' '", id="blank"),
        pytest.param(
            '[accounts]\n"111122223333" = "a"\n"444455556666" = "a"', "another account is called 'a' too", id="twice"
        ),
        pytest.param(
            '[accounts]\n"111122223333" = "a"\n"444455556666" = " A"',
            "another account is called ' A' too",
            id="twice, but for case and spaces",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PolicyError) as raised:
        load_policy(written(tmp_path, text))
    assert str(raised.value).startswith("policy.toml: ")
    assert said in str(raised.value)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyError, match=r"policy\.toml"):
        load_policy(path)
