"""Omnidesk: companies.

The document spells `company_users`, `add_company_users` and `remove_company_users` with a Cyrillic first
letter; the Latin spelling is sent (FIELD-NOTES, Omnidesk companies). The tables below are the
place to change it.
"""

from __future__ import annotations

from typing import Annotated, Required, TypeAlias, TypedDict

from workers.vendors import received as got
from workers.vendors.checks import at_least
from workers.vendors.fields import Id, IdsText, QueryFlag, Text
from workers.vendors.omnidesk.common import Paged
from workers.vendors.operation import Call

Search: TypeAlias = Annotated[Text, at_least(3)]
# A text of one or more, joined by commas.
Domains: TypeAlias = Annotated[Text, "domains joined by commas"]


class OneCompany(TypedDict):
    company_id: Id


class NewCompany(TypedDict, total=False):
    company_name: Required[Text]
    company_domains: Domains
    # A string in the table and a number in the sample.
    company_default_group: Annotated[Id, "a group's id"]
    company_address: Text
    company_note: Text
    company_users: Annotated[IdsText, "ids of customers"]


class CompanyQuery(Paged, total=False):
    company_name: Search
    company_domains: Search
    company_address: Search
    company_note: Search
    amount_of_users: Annotated[QueryFlag, "count the customers of each"]
    amount_of_cases: Annotated[QueryFlag, "count the cases of each"]


class CompanyChanges(TypedDict, total=False):
    company_name: Text
    add_company_domains: Domains
    remove_company_domains: Domains
    company_default_group: Annotated[Id, "a group's id"]
    company_address: Text
    company_note: Text
    add_company_users: Annotated[IdsText, "ids of customers"]
    remove_company_users: Annotated[IdsText, "ids of customers"]


class Company(TypedDict, total=False):
    company_id: got.Id
    company_name: got.Text
    company_domains: got.Text
    company_default_group: got.Id
    company_address: got.Text
    company_note: got.Text
    active: got.Flag
    deleted: got.Flag
    created_at: got.Moment
    updated_at: got.Moment
    amount_of_users: got.Whole
    amount_of_cases: got.Whole


COMPANIES_CREATE = Call(
    name="omnidesk.companies.create",
    about="Create a company.",
    source="omnidesk-api, companies; FIELD-NOTES, Omnidesk companies",
    method="POST",
    path="/api/companies.json",
    body=NewCompany,
    root="company",
    answer=Company,
    repeatable=False,
    lookup="companies.list by the name",
)
COMPANIES_LIST = Call(
    name="omnidesk.companies.list",
    about="Find companies; the first hundred unless a page is named.",
    source="omnidesk-api, companies",
    method="GET",
    path="/api/companies.json",
    query=CompanyQuery,
    root="company",
    answer=Company,
    paged="omnidesk",
    repeatable=True,
)
COMPANIES_GET = Call(
    name="omnidesk.companies.get",
    about="One company.",
    source="omnidesk-api, companies",
    method="GET",
    path="/api/companies/{company_id}.json",
    path_values=OneCompany,
    root="company",
    answer=Company,
    repeatable=True,
)
COMPANIES_UPDATE = Call(
    name="omnidesk.companies.update",
    about="Change a company.",
    source="omnidesk-api, companies; FIELD-NOTES, Omnidesk companies",
    method="PUT",
    path="/api/companies/{company_id}.json",
    path_values=OneCompany,
    body=CompanyChanges,
    root="company",
    answer=Company,
    repeatable=True,
)
COMPANIES_DISABLE = Call(
    name="omnidesk.companies.disable",
    about="Move a company to the deleted ones.",
    source="omnidesk-api, companies",
    method="PUT",
    path="/api/companies/{company_id}/disable.json",
    path_values=OneCompany,
    root="company",
    answer=Company,
    repeatable=True,
)
COMPANIES_BLOCK = Call(
    name="omnidesk.companies.block",
    about="Block a company.",
    source="omnidesk-api, companies",
    method="PUT",
    path="/api/companies/{company_id}/block.json",
    path_values=OneCompany,
    root="company",
    answer=Company,
    repeatable=True,
)
COMPANIES_RESTORE = Call(
    name="omnidesk.companies.restore",
    about="Take a company back from the blocked or deleted ones.",
    source="omnidesk-api, companies",
    method="PUT",
    path="/api/companies/{company_id}/restore.json",
    path_values=OneCompany,
    root="company",
    answer=Company,
    repeatable=True,
)
COMPANIES_DELETE = Call(
    name="omnidesk.companies.delete",
    about="Delete a company for good; staff with full access only.",
    source="omnidesk-api, companies",
    method="DELETE",
    path="/api/companies/{company_id}.json",
    path_values=OneCompany,
    repeatable=True,
)
