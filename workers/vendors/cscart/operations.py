"""CS-Cart's calls: the add-on "Call requests".

Fields stand in the body as they are, without a root. Only POST and PUT carry a body, and only they are
labelled (FIELD-NOTES, CS-Cart).
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal, TypeAlias, TypedDict

from workers.vendors import received as got
from workers.vendors.checks import AmountField, WholeField
from workers.vendors.fields import Code, Email, Id, Text
from workers.vendors.operation import Call

Status: TypeAlias = Literal["new", "in_progress", "completed", "no_answer"]


class OneRequest(TypedDict):
    request_id: Id


class RequestQuery(TypedDict, total=False):
    """Pages past the end are clamped to the last one; `items_per_page=0` shows all (FIELD-NOTES, CS-Cart)."""

    page: Annotated[int, partial(WholeField, 1)]
    items_per_page: Annotated[int, WholeField, "10 or the store's own; 0 for all, then without total_items"]
    sort_by: Annotated[
        Literal["id", "date", "status", "name", "phone", "user_id", "user", "order", "order_status"],
        "date without it",
    ]
    sort_order: Annotated[Literal["asc", "desc"], "desc without it"]
    status: Status
    name: Annotated[Text, "a part of it is enough (FIELD-NOTES)"]
    phone: Annotated[Text, "a part of it is enough (FIELD-NOTES)"]
    company_id: Annotated[Id, "the store"]
    order_status: Code | list[Code]
    user_id: Annotated[Id | list[Id], "the administrator in charge"]
    order_exists: Literal["Y", "N"]


class CartProduct(TypedDict, total=False):
    product_id: Id
    amount: Annotated[int | str, AmountField]
    price: Annotated[float | str, AmountField]
    product: Text


class NewRequest(TypedDict, total=False):
    # Passes the store's check and is dropped: there is no column for it (FIELD-NOTES, CS-Cart).
    email: Annotated[Email, "counts as a way to be reached, and is not kept"]
    phone: Text
    user_id: Annotated[Id, "the administrator in charge"]
    order_id: Id
    product_id: Id
    timestamp: Annotated[int, WholeField, "seconds since 1970"]
    status: Status
    name: Text
    time_from: Annotated[Text, "such as 9:00"]
    time_to: Annotated[Text, "such as 18:00"]
    notes: Text
    cart_products: list[CartProduct]


class RequestChanges(TypedDict, total=False):
    """With `notes` and `product_id`, as the text has it and the table has not (FIELD-NOTES, CS-Cart PUT)."""

    user_id: Annotated[Id, "the administrator in charge"]
    order_id: Id
    product_id: Id
    status: Status
    notes: Annotated[Text, "replaces what is there: read it back first"]


class CallRequest(TypedDict, total=False):
    """A call request. Ids and times arrive as strings; `time_from` may be "__:__" or ""."""

    request_id: got.Id
    company_id: got.Id
    order_id: got.Id
    user_id: got.Id
    product_id: got.Id
    timestamp: got.Moment
    status: got.Text
    name: got.Text
    phone: got.Text
    time_from: got.Text
    time_to: got.Text
    notes: got.Text
    cart_products: got.List
    order_status: got.Text
    product: got.Text


class Saved(TypedDict, total=False):
    request_id: got.Id


CALL_REQUESTS_LIST = Call(
    name="cscart.call_requests.list",
    about="Find call requests; the first page unless one is named.",
    source="cscart-call-requests, Pagination and Filtering; FIELD-NOTES, CS-Cart",
    method="GET",
    path="/api/2.0/call_requests",
    query=RequestQuery,
    answer=CallRequest,
    answer_root="call_requests",
    paged="cscart",
    off='Switch on the add-on "Call requests" in the store, and check CSCART_URL.',
    repeatable=True,
)
CALL_REQUESTS_GET = Call(
    name="cscart.call_requests.get",
    about="One call request.",
    source="cscart-call-requests, GET /call_requests/:id",
    method="GET",
    path="/api/2.0/call_requests/{request_id}",
    path_values=OneRequest,
    answer=CallRequest,
    repeatable=True,
)
CALL_REQUESTS_CREATE = Call(
    name="cscart.call_requests.create",
    about="Create a call request.",
    source="cscart-call-requests, POST /call_requests; FIELD-NOTES, CS-Cart",
    method="POST",
    path="/api/2.0/call_requests",
    body=NewRequest,
    one_of=(("email", "phone"),),
    answer=Saved,
    repeatable=False,
    lookup="call_requests.list by the phone, newest first",
)
CALL_REQUESTS_UPDATE = Call(
    name="cscart.call_requests.update",
    about="Change a call request.",
    source="cscart-call-requests, PUT /call_requests/:id; FIELD-NOTES, CS-Cart PUT",
    method="PUT",
    path="/api/2.0/call_requests/{request_id}",
    path_values=OneRequest,
    body=RequestChanges,
    answer=Saved,
    # It sets whole fields: sent twice it leaves what it left the first time.
    repeatable=True,
)
CALL_REQUESTS_DELETE = Call(
    name="cscart.call_requests.delete",
    about="Delete a call request.",
    source="cscart-call-requests, DELETE /call_requests/:id; FIELD-NOTES, CS-Cart RU/EN",
    method="DELETE",
    path="/api/2.0/call_requests/{request_id}",
    path_values=OneRequest,
    repeatable=True,
    # 400 in one document, 404 in the other: both say that it is not there.
    gone=frozenset({400, 404}),
)
