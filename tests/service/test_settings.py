"""Settings: from the environment or files, and one line for a person when they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from service import settings
from service.settings import SettingsError
from tests.stack import environment

GOOD = environment(Path("/nowhere"), "http://127.0.0.1:9")


def test_defaults_are_those_of_the_contract() -> None:
    loaded = settings.load({name: value for name, value in GOOD.items() if name != "PORT"})
    assert (loaded.host, loaded.port) == ("0.0.0.0", 8000)
    assert loaded.database_url == "sqlite:////nowhere/var/perezvon.sqlite"
    assert loaded.omnidesk.quota_window_seconds == 60
    assert loaded.omnidesk.quota_per_window is None


@pytest.mark.parametrize(
    "url", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"]
)
def test_postgresql_means_psycopg_3(url: str) -> None:
    assert settings.load(GOOD | {"DATABASE_URL": url}).database_url == "postgresql+psycopg://u:p@h/d"


def test_an_address_may_name_several_hosts() -> None:
    loaded = settings.load(GOOD | {"DATABASE_URL": "postgres://u:p@one:5433,[::1]/d?sslmode=require"})
    assert loaded.database_url == ("postgresql+psycopg://u:p@/d?host=one,::1&port=5433,5432&sslmode=require")


@pytest.mark.parametrize("name", ["OMNIDESK_API_KEY", "CSCART_URL", "DATABASE_URL", "PORT", "SECRET_KEY"])
def test_any_setting_may_stand_in_a_file(tmp_path: Path, name: str) -> None:
    values = GOOD | {"DATABASE_URL": "postgresql://h/d"}
    file = tmp_path / "value"
    file.write_text(values[name] + "\n")
    from_file = {key: value for key, value in values.items() if key != name} | {f"{name}_FILE": str(file)}
    assert settings.load(from_file) == settings.load(values)


def test_a_vendors_address_may_have_a_path() -> None:
    loaded = settings.load(GOOD | {"CSCART_URL": "https://shop.example/sub/folder/"})
    assert loaded.cscart.url == "https://shop.example/sub/folder"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY must have at least 16 characters"),
        (
            {"OMNIDESK_URL": "ftp://desk"},
            "OMNIDESK_URL must be an address that begins with http:// or https://",
        ),
        ({"OMNIDESK_URL": "http://desk:port"}, "OMNIDESK_URL has a port that is not a number"),
        ({"CSCART_URL": "https://user:word@shop"}, "CSCART_URL must not hold a login"),
        ({"OMNIDESK_QUOTA_WINDOW_SECONDS": "0"}, "OMNIDESK_QUOTA_WINDOW_SECONDS must be 1 to 86400 seconds"),
        ({"OMNIDESK_QUOTA_PER_WINDOW": "many"}, "OMNIDESK_QUOTA_PER_WINDOW must be a number of calls"),
        ({"OBZVONILKA_API_KEY": "сеcret"}, "OBZVONILKA_API_KEY has letters that are not Latin"),
        ({"OBZVONILKA_CONTACT_BASE": "main"}, "OBZVONILKA_CONTACT_BASE must be the contact base's number"),
        ({"CSCART_WEBHOOK_TOKEN": "a/b/c/d/e"}, "CSCART_WEBHOOK_TOKEN must be 8 to 200 letters"),
        ({"PEREZVON_API_TOKENS": "olga"}, "PEREZVON_API_TOKENS entry 1 must read name:role:token"),
        ({"PEREZVON_API_TOKENS": "a:viewer:12345678,a:viewer:87654321"}, "PEREZVON_API_TOKENS has the same"),
        ({"OMNIDESK_API_KEY": "  "}, "OMNIDESK_API_KEY is not set; give"),
        ({"CSCART_WEBHOOK_TOKEN": "", "CSCART_WEBHOOK_SECRET": ""}, "CSCART_WEBHOOK_TOKEN is not set; give"),
        ({"OMNIDESK_API_KEY_FILE": "/nowhere"}, "OMNIDESK_API_KEY and OMNIDESK_API_KEY_FILE are both set"),
        ({"OMNIDESK_API_KEY": "", "OMNIDESK_API_KEY_FILE": "/nowhere"}, "OMNIDESK_API_KEY_FILE names a file"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_named_in_one_line_that_shows_no_value(change: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load(GOOD | change)
    text = str(caught.value)
    assert said in text
    assert "\n" not in text
    for value in change.values():
        assert len(value.strip()) < 8 or "/nowhere" in value or value not in text


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError, match=r"CSCART_API_KEY is not set.*OMNIDESK_EMAIL is not set"):
        settings.load({k: v for k, v in GOOD.items() if k not in {"CSCART_API_KEY", "OMNIDESK_EMAIL"}})


def test_secrets_are_not_shown_with_the_settings() -> None:
    shown = repr(settings.load(GOOD))
    for name, value in GOOD.items():
        if name.endswith(("_KEY", "_TOKEN", "_SECRET", "PASSWORD", "TOKENS")):
            assert value not in shown


def test_a_token_and_a_secret_may_have_two_values_while_they_are_changed() -> None:
    two = {
        "OMNIDESK_WEBHOOK_TOKEN": "the-old-one the-new-one",
        "CSCART_WEBHOOK_SECRET": "whsec_b25l whsec_dHdv",
    }
    loaded = settings.load(GOOD | two)
    assert loaded.omnidesk.webhook_tokens == ("the-old-one", "the-new-one")
    assert loaded.cscart.webhook_secrets == ("whsec_b25l", "whsec_dHdv")


@pytest.mark.parametrize(
    "value", ["one-token two-token three-token", "a-good-one short", "a-good-one нельзя-так"]
)
def test_three_values_or_a_bad_one_stop_the_start(value: str) -> None:
    with pytest.raises(SettingsError, match="CSCART_WEBHOOK_TOKEN"):
        settings.load(GOOD | {"CSCART_WEBHOOK_TOKEN": value})


def test_a_host_is_an_address_or_a_name() -> None:
    assert settings.load(GOOD | {"HOST": "::1"}).host == "::1"
    with pytest.raises(SettingsError, match="HOST"):
        settings.load(GOOD | {"HOST": "http://x/"})
