"""The OpenAPI description: bearer tokens, and every refusal as problem+json."""

from __future__ import annotations

import http

from flask import Flask
from flask_smorest import Api
from marshmallow import Schema, fields


class ProblemShape(Schema):
    """A refusal (RFC 9457)."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String(metadata={"description": "A sentence that says what to do."})
    fields_ = fields.Dict(data_key="fields", metadata={"description": "What is wrong, by field."})


class DescribedApi(Api):  # type: ignore[misc] # flask-smorest ships no types
    """flask-smorest's Api, which describes refusals as they are really sent."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.spec.components.security_scheme(
            "bearer", {"type": "http", "scheme": "bearer", "description": "A token of PEREZVON_API_TOKENS"}
        )

    def _register_responses(self) -> None:
        content = {"application/problem+json": {"schema": ProblemShape}}
        for status in http.HTTPStatus:
            answer = {"description": status.phrase, "content": content}
            self.spec.components.response(status.name, answer, lazy=True)
        default = {"description": "A refusal", "content": content}
        self.spec.components.response("DEFAULT_ERROR", default, lazy=True)
