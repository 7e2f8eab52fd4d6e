"""perezvon.toml's schema as JSON Schema, which editors complete and check the file by."""

from __future__ import annotations

import json
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import fields, validate

from service.config.fields import Id
from service.config.schema import ConfigSchema

# What editors' TOML plug-ins know.
_DIALECT = "http://json-schema.org/draft-07/schema#"


def build() -> dict[str, Any]:
    """The schema as plain data."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    # 3.0 puts a reference's description beside an allOf: draft 7 ignores what stands beside a bare $ref.
    spec = APISpec("perezvon.toml", "1", "3.0.3", plugins=[plugin])
    assert plugin.converter is not None  # noqa: S101 - made by the line above
    plugin.converter.add_attribute_function(_key_names)  # type: ignore[no-untyped-call]
    spec.components.schema("Config", schema=ConfigSchema)
    tables: dict[str, Any] = spec.to_dict()["components"]["schemas"]
    whole = tables.pop("Config")
    text = json.dumps({"definitions": tables, **whole}, ensure_ascii=False)
    found: dict[str, Any] = json.loads(text.replace("#/components/schemas/", "#/definitions/"))
    return {
        "$schema": _DIALECT,
        "title": "perezvon.toml",
        "description": "How Perezvon carries requests; `perezvon config check` checks the same and more.",
        **found,
    }


def text() -> str:
    """The schema as it is published."""
    return json.dumps(build(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _name(schema: Any) -> str:
    made = schema if isinstance(schema, type) else type(schema)
    return made.__name__.removesuffix("Schema")


def _key_names(_: Any, field: fields.Field[Any], **__: Any) -> dict[str, Any]:
    """What the keys of a table may be: apispec tells of its values only."""
    if not isinstance(field, fields.Dict) or field.key_field is None:
        return {}
    if isinstance(field.key_field, Id):
        return {"propertyNames": {"pattern": r"^[1-9]\d*$"}}
    for check in field.key_field.validators:
        if isinstance(check, validate.OneOf):
            return {"propertyNames": {"enum": list(check.choices)}}
        if isinstance(check, validate.Regexp):
            return {"propertyNames": {"pattern": check.regex.pattern}}
    return {}
