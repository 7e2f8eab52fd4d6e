"""Redis' address in the spellings of the two libraries that connect to it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

# redis-py's word for each spelling of `ssl_cert_reqs`: its own, and Celery's.
CHECKS = {
    "none": "none",
    "optional": "optional",
    "required": "required",
    "cert_none": "none",
    "cert_optional": "optional",
    "cert_required": "required",
}


def normal(address: str) -> str:
    """`address` as redis-py spells it. Raises `ValueError` for a certificate check that there is not."""
    base, options = _parts(address)
    if "ssl_cert_reqs" in options:
        check = options["ssl_cert_reqs"].lower()
        if check not in CHECKS:
            raise ValueError("ssl_cert_reqs must be none, optional or required")
        options["ssl_cert_reqs"] = CHECKS[check]
    return _joined(base, options)


def broker_url(address: str) -> str:
    """A normal `address` as Celery spells it: another scheme for a Unix socket, and what TLS verifies.

    Left alone, Celery verifies no certificate; redis-py, which gets the same address, that and the host.
    """
    base, options = _parts(address)
    if base.startswith("unix://"):
        return f"redis+socket://{base.removeprefix('unix://')}?virtual_host={options.get('db', '0')}"
    scheme, _, rest = base.partition("://")
    place, _, path = rest.partition("/")
    # Options that Celery does not know would stop it.
    checks = {name: value for name, value in options.items() if name.startswith("ssl_")}
    if scheme == "rediss":
        checks = {"ssl_cert_reqs": "required"} | checks
        if checks["ssl_cert_reqs"] == "none":
            checks["ssl_check_hostname"] = "false"
    return _joined(f"{scheme}://{place}/{options.get('db', path)}", checks)


def _parts(address: str) -> tuple[str, dict[str, str]]:
    base, _, query = address.partition("?")
    return base, dict(parse_qsl(query, keep_blank_values=True))


def _joined(base: str, options: dict[str, str]) -> str:
    return f"{base}?{urlencode(options, safe='/:')}" if options else base
