"""`perezvon config check`, `show` and `schema`."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import jsonschema_rs
import pytest

from service.config import json_schema, load
from service.config.model import Config, Templates
from service.config.templates import KINDS
from tests.config.conftest import Command

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "perezvon.example.toml"


def rows(output: str) -> dict[str, tuple[str, str]]:
    """Key -> value and source of `config show`."""
    found = re.findall(r"^(\S.*?) = (.*?)\s+# (.+)$", output, re.MULTILINE)
    return {key: (value, source) for key, value, source in found}


def test_check_names_every_mistake_on_its_line(perezvon: Command) -> None:
    path = perezvon.file("sent_via_rule = 1\n\n[flows]\nmessage = true\n")
    result = perezvon("config", "check", str(path))
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{path}:1: sent_via_rule must be true or false, without quotes",
        f"{path}:4: flows.message is not a key here; did you mean message_new?",
    ]
    assert result.stderr == f"{path}: 2 mistakes\n"


def test_check_says_good_and_whether_the_file_is_in_force(perezvon: Command) -> None:
    path = perezvon.file("")
    assert perezvon("config", "check", str(path)).stdout == (
        f"{path}: good (not in force: PEREZVON_CONFIG is not set)\n"
    )
    assert perezvon("config", "check", PEREZVON_CONFIG=str(path)).stdout == f"{path}: good\n"
    elsewhere = perezvon("config", "check", str(path), PEREZVON_CONFIG="other.toml")
    assert "PEREZVON_CONFIG names other.toml" in elsewhere.stdout


def test_check_needs_no_other_setting(perezvon: Command) -> None:
    perezvon.environ = {}
    perezvon.file("")
    assert perezvon("config", "check").stdout.startswith("perezvon.toml: good")


def test_check_without_any_file_says_what_to_do(perezvon: Command) -> None:
    result = perezvon("config", "check")
    assert result.exit_code == 1
    assert "there is no file to check" in result.stderr


def test_a_path_in_a_file_is_a_path(perezvon: Command) -> None:
    path = perezvon.file("x = 1")
    holder = perezvon.folder / "name"
    holder.write_text(f"{path}\n")
    result = perezvon("config", "check", PEREZVON_CONFIG_FILE=str(holder))
    assert result.stdout.startswith(f"{path}:1: x is not a key here")
    away = perezvon("config", "check", PEREZVON_CONFIG_FILE="/nowhere")
    assert (away.exit_code, "PEREZVON_CONFIG_FILE names a file" in away.stderr) == (1, True)


def test_show_tells_where_each_value_came_from(perezvon: Command) -> None:
    path = perezvon.file(
        'labels.7 = "no_answer"\n[flows]\ncontact_changed = true\n[statuses.localised]\n"Решено" = "closed"\n'
        '[default_store]\nlanguage = "en"\n[stores.2]\nchannel = "cch102"\nworking_hours = "Mon 9:00-10:00"\n'
    )
    secret = perezvon.folder / "key"
    secret.write_text("a-key-in-a-file")
    result = perezvon(
        "config", "show", PEREZVON_CONFIG=str(path), CSCART_API_KEY="", CSCART_API_KEY_FILE=str(secret)
    )
    assert result.exit_code == 0, result.output
    found = rows(result.stdout)
    assert found["CSCART_API_KEY"] == ('"(hidden, 15 characters)"', f"CSCART_API_KEY_FILE ({secret})")
    assert found["OMNIDESK_CHANNEL"] == ('"cch101"', "environment")
    assert found["OMNIDESK_QUOTA_WINDOW_SECONDS"] == ("60", "default")
    assert found["labels.7"] == ('"no_answer"', f"{path}:1")
    assert found["flows.contact_changed"] == ("true", f"{path}:3")
    assert found["flows.message_new"] == ("true", "default")
    assert found['statuses.localised."решено"'] == ('"closed"', f"{path}:5")
    assert found["stores.2.language"] == ('"en"', f"{path}:7 (default_store)")
    assert found["stores.2.channel"] == ('"cch102"', f"{path}:9")
    assert found["stores.2.working_hours"] == ('"Mon 09:00-10:00"', f"{path}:10")
    assert found["default_store.channel"] == ("(none)", "OMNIDESK_CHANNEL")


def test_show_hides_every_secret(perezvon: Command) -> None:
    result = perezvon(
        "config", "show",
        DATABASE_URL="postgresql://u:secretword@h/d?password=secretword",
        REDIS_URL="redis://:secretword@h",
    )  # fmt: skip
    for name, value in perezvon.environ.items():
        if re.search("KEY|TOKEN|SECRET|PASSWORD", name):
            assert value not in result.output
    assert "secretword" not in result.output
    assert "postgresql://u:(hidden)@h/d" in result.output


def test_show_tells_what_is_missing_or_wrong_and_fails(perezvon: Command) -> None:
    path = perezvon.file("x = 1")
    result = perezvon("config", "show", PEREZVON_CONFIG=str(path), OMNIDESK_EMAIL="", PORT="none")
    assert result.exit_code == 1
    assert rows(result.stdout)["OMNIDESK_EMAIL"] == ("(none)", "not set")
    for said in (f"{path}:1: x is not a key here", "OMNIDESK_EMAIL is not set", "PORT must be a port"):
        assert said in result.stderr
    assert "CSCART_WEBHOOK_TOKEN is not set" in perezvon(
        "config", "show", CSCART_WEBHOOK_TOKEN="", CSCART_WEBHOOK_SECRET=""
    ).stderr  # fmt: skip
    unreadable = perezvon("config", "show", PORT_FILE="x", SECRET_KEY="", SECRET_KEY_FILE="/nowhere").stderr
    assert "PORT and PORT_FILE are both set" in unreadable
    assert "SECRET_KEY_FILE names a file that cannot be read" in unreadable
    assert "SECRET_KEY is not set" not in unreadable


def test_show_as_json(perezvon: Command) -> None:
    data = json.loads(perezvon("config", "show", "--json").stdout)
    assert {"key": "sent_via_rule", "value": True, "source": "default"} in data


def test_the_published_schema_is_fresh(perezvon: Command) -> None:
    published = (ROOT / "docs/perezvon.schema.json").read_text(encoding="utf-8")
    assert perezvon("config", "schema").stdout == published, (
        "run: perezvon config schema > docs/perezvon.schema.json"
    )


def test_the_schema_and_the_check_agree() -> None:
    validator = jsonschema_rs.Draft7Validator(json_schema.build())
    for text in (
        "", '[stores.2.templates.en]\ncase_subject = "{{ name }}"', "labels.7 = 'new'",
        "[default_store]\nworking_hours = 'Mon,Wed-Fri 9:00-18:00'", "[retry.unknown]\nbase_seconds = 0.5",
    ):  # fmt: skip
        load.parse(text, "x")
        assert validator.is_valid(tomllib.loads(text)), text
    for text in (
        "x = 1", "[flows]\nx = true", "[stores.main]", "[stores.2]\nx = 1", "labels.x = 'new'",
        "labels.7 = 'done'", "[statuses.case_to_store]\nshut = 'new'", "[templates.ru]\nx = 'x'",
        "[default_store]\nworking_hours = 'always'", "[retry.unknown]\nbase_seconds = 0", "flows = 1",
        "[stores.2]\nlabels = ['x']", "[retention]\ndone_days = 0",
    ):  # fmt: skip
        with pytest.raises(load.ConfigError):
            load.parse(text, "x")
        assert not validator.is_valid(tomllib.loads(text)), text


def test_the_schema_completes_templates_and_stores() -> None:
    schema = json_schema.build()
    templates = schema["definitions"]["Templates"]["properties"]
    assert set(templates) == set(KINDS)
    assert "customer" in templates["case_subject"]["description"]
    store = schema["properties"]["stores"]["additionalProperties"]
    assert store == {"$ref": "#/definitions/Store"}
    assert "working_hours" in schema["definitions"]["Store"]["properties"]


def test_the_example_says_the_defaults_and_its_comments_are_good_too() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert text.startswith("#:schema docs/perezvon.schema.json\n")
    # A table without a key in it says nothing.
    assert load.parse(text, "x").config == Config(templates={"ru": Templates()})
    uncommented = re.sub(r"^#(?![ :])", "", text, flags=re.MULTILINE)
    config = load.parse(uncommented, "x").config
    assert config.store("2").channel == "cch102"
    assert jsonschema_rs.Draft7Validator(json_schema.build()).is_valid(tomllib.loads(uncommented))


def test_the_page_names_every_key_template_and_value() -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    schema = json_schema.build()
    keys = {key for table in (schema, *schema["definitions"].values()) for key in table["properties"]}
    values = {name for kind in KINDS.values() for name in kind.sample}
    words = set(re.findall(r"\w+", page))
    assert not sorted((keys | values) - words - {"transient", "unknown"})
