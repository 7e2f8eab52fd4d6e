"""perezvon.toml: what it says, and every mistake in it by file, line, key and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service import settings
from service.config import load
from service.config.load import ConfigError
from service.config.model import Config, Hours, Retry, Statuses
from service.settings import SettingsError
from tests.stack import environment

GOOD = environment(Path("/nowhere"), "http://127.0.0.1:9")
WHOLE = """
sent_via_rule = false
[flows]
contact_changed = true
[statuses]
case_to_store = {waiting = "in_progress", closed = "completed"}
localised = {"Решено " = "closed"}
[labels]
7 = "no_answer"
[staff]
4321 = 5
[default_store]
channel = "cch5"
language = "en"
timezone = "Asia/Omsk"
[default_store.templates.en]
case_subject = "Call {{ name }}"
[stores.2]
labels = [3, 4]
group_id = 8
contact_base = "12"
working_hours = "Mon-Fri 09:00-18:00"
[stores.2.templates.en]
case_content = "{{ phone }}"
[stores.3]
[templates.ru]
store_reply = "{{ text }}"
[retry.transient]
base_seconds = 1
[retention]
done_days = 30
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load.parse(text, "perezvon.toml")
    return [str(one) for one in caught.value.mistakes]


def test_an_empty_file_says_what_no_file_says() -> None:
    assert load.parse("", "x").config == Config()


def test_a_file_says_what_stands_in_it() -> None:
    config = load.parse(WHOLE, "x").config
    assert config.sent_via_rule is False
    assert config.flows.contact_changed
    assert config.flows.message_new
    assert config.statuses.case_to_store == {"waiting": "in_progress", "closed": "completed"}
    assert config.statuses.store_to_case == Statuses().store_to_case
    assert config.statuses.localised == {**Statuses().localised, "решено": "closed"}
    assert config.labels == {7: "no_answer"}
    assert config.staff == {4321: 5}
    assert config.templates["ru"].texts == {"store_reply": "{{ text }}"}
    assert config.retry_transient == Retry(base_seconds=1)
    assert config.retry_unknown == Retry()
    assert config.retention.done_days == 30


def test_a_store_has_its_own_and_else_what_the_default_store_has() -> None:
    config = load.parse(WHOLE, "x").config
    store = config.store("2")
    assert (store.channel, store.language, store.labels, store.group_id) == ("cch5", "en", (3, 4), 8)
    assert store.contact_base == "12"
    assert store.working_hours == Hours((0, 1, 2, 3, 4), 9 * 60, 18 * 60, "Asia/Omsk")
    assert store.templates["en"].texts == {"case_subject": "Call {{ name }}", "case_content": "{{ phone }}"}
    assert config.store("3") == config.store("99") == config.default_store
    assert config.default_store.working_hours is None


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("chanel = 1", 1, "chanel is not a key here; there are flows, statuses"),
        ("\n\nflow.message_new = true", 3, "flow is not a key here; did you mean flows?"),
        (
            "[flows]\n\nmessage_nev = true",
            3,
            "flows.message_nev is not a key here; did you mean message_new?",
        ),
        ("[stores.2]\nсhannel = 'cch1'", 2, "is not TOML"),
        (
            "[stores.2]\n'сhannel' = 'cch1'",
            2,
            'stores.2."сhannel" is not a key here; write channel with Latin letters',
        ),
        ("channel = 'cch1'", 1, "channel is not a key here; it belongs into [default_store]"),
        ("[flows]\nlabels = {}", 2, "flows.labels is not a key here; it belongs to the top of the file"),
        ("[flows]\nmessage_new = 'yes'", 2, "flows.message_new must be true or false, without quotes"),
        ("[flows]\nmessage_new = 1", 2, "flows.message_new must be true or false"),
        ("flows = 1", 1, "flows must be a table"),
        ("stores = []", 1, "stores must be a table"),
        ("[stores]\n2 = 'x'", 2, "stores.2 must be a table"),
        ("[stores.main]", 1, "stores.main must be a store's company_id, such as 1"),
        ("[stores.2]\nlabels = [\n1,\n'2']", 4, "stores.2.labels[1] must be a whole number, without quotes"),
        ("[stores.2]\nlabels = [true]", 2, "stores.2.labels[0] must be a whole number"),
        ("[stores.2]\nlabels = 3", 2, "stores.2.labels must be a list in [ ]"),
        ("[stores.2]\ngroup_id = 0", 2, "stores.2.group_id must be above 0"),
        ("[stores.2]\nchannel = '101'", 2, "stores.2.channel must be the channel's cch… id, such as cch101"),
        ("[stores.2]\ncontact_base = 3", 2, "stores.2.contact_base must be a text in quotes"),
        ("[stores.2]\nlanguage = 'Russian'", 2, "stores.2.language must be a language's two small letters"),
        (
            "[stores.2]\nlanguage = 'de'",
            2,
            "stores.2.language has no texts: write [templates.de], or choose ru",
        ),
        ("[default_store]\nlanguage = 'de'", 2, "default_store.language has no texts: write"),
        ("[default_store]\nstaff_language = 'de'", 2, "default_store.staff_language has no texts: write"),
        (
            "[stores.2]\ntimezone = 'Europe/Moscou'",
            2,
            "stores.2.timezone is not a time zone; did you mean Europe/Moscow?",
        ),
        ("[stores.2]\ntimezone = '../x'", 2, "stores.2.timezone is not a time zone"),
        ("[labels]\nx = 'new'", 2, "labels.x must be a number above 0: the id that the vendor gave"),
        ("[labels]\n7 = 'done'", 2, "labels.7 must be new, in_progress, completed or no_answer"),
        ("[staff]\n7 = '5'", 2, "staff.7 must be a whole number"),
        (
            "[statuses.case_to_store]\nshut = 'new'",
            2,
            "statuses.case_to_store.shut must be open, waiting or closed",
        ),
        ("[retry.transient]\nbase_seconds = inf", 2, "retry.transient.base_seconds must be a number"),
        ("[retry.unknown]\nbase_seconds = 0", 2, "retry.unknown.base_seconds must be 0.01 to 3600 seconds"),
        (
            "[retry.unknown]\n\ncap_seconds = 1",
            3,
            "retry.unknown.cap_seconds makes the first wait (2 s) longer",
        ),
        ("[retention]\ndone_days = 0", 2, "retention.done_days must be 1 to 36500 days; leave it out"),
        (
            "[templates.ru]\ncase_sub = 'x'",
            2,
            "templates.ru.case_sub is not a key here; did you mean case_subject?",
        ),
        ("[templates.russian]", 1, "templates.russian must be a language's two small letters"),
        ("a = \n", 1, "is not TOML: Invalid value, at column 5"),
        ("a = 1\na = 2", 2, "is not TOML: Cannot overwrite a value, at the end of the file; a stands twice"),
        (
            'срочно = "no_answer"',
            1,
            'is not TOML: Invalid statement, at column 1; put the key in quotes: "срочно"',
        ),
        (
            "[stores.2]\nсhannel = 'cch1'",
            2,
            "is not TOML: Invalid statement, at column 1; write channel with Latin letters",
        ),
        (
            "[flows]\nreconciliation = yes",
            2,
            "is not TOML: Invalid value, at column 18; reconciliation is true or false",
        ),
        (
            "language = «en»",
            1,
            'is not TOML: Invalid value, at column 12; put the value of language in quotes: "en"',
        ),
        ("a = '''", 1, "is not TOML: "),
        ("a = " + "[" * 5000, None, "is nested too deeply to be read"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_to_do(text: str, line: int | None, said: str) -> None:
    (found,) = mistakes(text)
    assert found.startswith(f"perezvon.toml:{line}: {said}" if line else f"perezvon.toml: {said}")


def test_every_mistake_is_named_at_once_in_the_order_of_the_file() -> None:
    text = "[stores.2]\nchanel = 'x'\nlanguage = 5\n[flows]\nmessage = true\n[labels]\nx = 'y'\n"
    found = mistakes(text)
    assert [one.split(":")[1] for one in found] == ["2", "3", "5", "7", "7"]


@pytest.mark.parametrize(
    ("template", "line", "said"),
    [
        (
            "'''\n{{ phone }}\n{{ phon }}'''",
            4,
            "uses phon, which it is not given; did you mean phone? (line 2 of the template)",
        ),
        ("'{{ xyzzy }}'", 2, "uses xyzzy, which it is not given; it has cart, company_id"),
        ("'''\n{% if phone %}\n'''", 3, "cannot be read: Unexpected end of template"),
        ("'''{{ phone\n|nofilter }}'''", 3, "cannot be read: No filter named 'nofilter'"),
        ("'{% include \"/etc/passwd\" %}'", 2, "includes another template; each stands alone here"),
        (
            "'''\n\n{% for item in cart %}\n{{ item.prise }}{% endfor %}'''",
            5,
            "cannot be filled in: 'dict object' has no attribute 'prise'",
        ),
        (
            "'{{ cart[0].product.upper() }}'",
            2,
            "cannot be filled in, when the customer has left everything empty",
        ),
        ("'{{ phone.__class__.mro() }}'", 2, "cannot be filled in"),
        ("'{{ 1 / 0 }}'", 2, "cannot be filled in: division by zero (line 1 of the template)"),
        ("5", 2, "must be a text in quotes"),
    ],
)
def test_a_templates_mistake_is_named_with_its_line(template: str, line: int, said: str) -> None:
    (found,) = mistakes(f"[templates.ru]\ncase_content = {template}\n")
    assert found.startswith(f"perezvon.toml:{line}: templates.ru.case_content {said}")


def test_the_nearest_filter_is_named() -> None:
    (found,) = mistakes("[templates.ru]\ncase_subject = '{{ name|uper }}'")
    assert "No filter named 'uper'; did you mean upper? (line 1 of the template)" in found


def test_a_language_with_texts_of_its_own_may_be_chosen() -> None:
    for where in ("templates.de", "stores.2.templates.de", "default_store.templates.de"):
        load.parse(f"stores.2.language = 'de'\n{where}.case_subject = '{{{{ name }}}}'", "x")


def test_what_a_template_names_itself_is_no_mistake() -> None:
    text = (
        "{% set who = name %}{% for item in cart %}{{ loop.index }} {{ item.product }}{% endfor %}{{ who }}"
    )
    load.parse(f"templates.ru.dialer_description = '''{text}'''", "x")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff\xfea", "is not UTF-8"), (None, "cannot be read (no such file or directory)")],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "perezvon.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load.read(path)
    assert str(caught.value).startswith(f"{path}: {said}")


def test_the_mark_at_the_beginning_that_windows_leaves_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "perezvon.toml"
    path.write_bytes(b"\xef\xbb\xbfsent_via_rule = false\r\n")
    assert load.read(path).config.sent_via_rule is False


def test_the_settings_hold_what_the_named_file_says(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text("[stores.2]\nchannel = 'cch7'\n")
    assert settings.load(GOOD | {"PEREZVON_CONFIG": str(path)}).config.store("2").channel == "cch7"


def test_only_a_file_that_is_named_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "perezvon.toml").write_text("sent_via_rule = false\n")
    assert settings.load(GOOD).config == Config()
    assert settings.load(GOOD | {"PEREZVON_CONFIG": "perezvon.toml"}).config != Config()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read (no such file or directory)"),
        ("a = 1\nb = 2\nc", "perezvon.toml:3: is not TOML"),
        ("a = 1\nb = 2\n", "a is not a key here; there are flows"),
    ],
)
def test_a_wrong_file_stops_the_start_with_one_line(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "perezvon.toml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SettingsError) as caught:
        settings.load(GOOD | {"PEREZVON_CONFIG": str(path)})
    text = str(caught.value)
    assert text.startswith(f"PEREZVON_CONFIG: {path}")
    assert said in text
    assert os.linesep not in text
    assert ("(and 1 more;" in text) is (content == "a = 1\nb = 2\n")
