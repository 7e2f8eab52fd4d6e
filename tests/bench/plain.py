"""The baseline: what one would write in an afternoon. Flask, PostgreSQL, one Celery message an event.

Nothing is kept but the row; nothing is retried, paced, ordered or looked up. `tests.bench.flow` runs it
beside the service: `app` under gunicorn with the service's own settings, `celery_app` as prefork 2 or as
threads 16.
"""

from __future__ import annotations

import json
import os
import threading

import psycopg
import requests
from celery import Celery
from flask import Flask, request
from flask.typing import ResponseReturnValue

DATABASE, VENDORS = os.environ["PLAIN_DATABASE"], os.environ["PLAIN_VENDORS"]
celery_app = Celery("plain", broker=os.environ["PLAIN_BROKER"])
celery_app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=4)
app = Flask(__name__)
_local = threading.local()


def _connection() -> psycopg.Connection[tuple[object, ...]]:
    """Of this thread."""
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(DATABASE, autocommit=True)
    connection: psycopg.Connection[tuple[object, ...]] = _local.connection
    return connection


@app.post("/bare")
def bare() -> ResponseReturnValue:
    """The least that Flask can do."""
    return {"result": "ok"}, 202


@app.post("/hook")
def hook() -> ResponseReturnValue:
    """Keep the row, and tell a worker."""
    row = request.get_json(force=True)
    _connection().execute(
        "INSERT INTO plain (id, data) VALUES (%s, %s)", (row["request_id"], json.dumps(row))
    )
    carry.delay(row)
    return {"result": "ok"}, 202


@celery_app.task
def carry(row: dict[str, str]) -> None:
    """The four calls."""
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
    session: requests.Session = _local.session
    code = f"cscart-1-{row['request_id']}"
    base = f"{VENDORS}/obzvonilka/api/contact_bases/1/contacts"
    session.get(f"{base}/find_by_external/{code}.json", timeout=20)
    session.post(
        f"{base}.json", data={"contact[external_code]": code, "contact[name]": row["name"]}, timeout=20
    ).raise_for_status()
    case = session.post(
        f"{VENDORS}/omnidesk/api/cases.json",
        json={"case": {"subject": f"[{code}] {row['name']}", "content": row["phone"]}},
        timeout=20,
    ).json()["case"]
    session.put(
        f"{VENDORS}/cscart/api/2.0/call_requests/{row['request_id']}",
        json={"status": "in_progress", "notes": case["case_number"]},
        timeout=20,
    ).raise_for_status()


def create_table() -> None:
    """The one table."""
    with psycopg.connect(DATABASE, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS plain (id text PRIMARY KEY, data jsonb)")
