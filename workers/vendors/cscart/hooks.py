"""CS-Cart's hooks: not in the document of the call requests, and none of its operations.

The bundled Zapier add-on (4.15.1 and newer) keeps them (FIELD-NOTES, CS-Cart, Store callback).
"""

from __future__ import annotations

from typing import Literal, Required, TypedDict

from workers.vendors import received as got
from workers.vendors.fields import Text
from workers.vendors.operation import Call

NEW_CALL_REQUEST: Literal["new_call_request"] = "new_call_request"


class NewHook(TypedDict, total=False):
    hook_url: Required[Text]
    trigger_name: Required[Literal["new_call_request"]]


class Hook(TypedDict, total=False):
    hook_id: got.Id


ZAPIER_HOOKS_CREATE = Call(
    name="cscart.zapier_hooks.create",
    about="Have the store call an address for each new call request.",
    source="FIELD-NOTES, CS-Cart, Store callback",
    method="POST",
    path="/api/2.0/zapier_hooks",
    body=NewHook,
    answer=Hook,
    # A second one of the same address calls it twice; hooks cannot be listed.
    repeatable=False,
    lookup="the store's own pages only",
)
