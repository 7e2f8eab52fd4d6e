"""The sandbox: the three vendors emulated from their own documents, served by one WSGI application.

It knows nothing of our client: a mistake made while reading the documents for one shows up in the other.
"""

from typing import TYPE_CHECKING

from workers.vendors.sandbox.config import SandboxConfig

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["SandboxConfig", "create_app"]


def create_app(config: SandboxConfig | None = None) -> "Flask":
    """A sandbox of its own, with its state in memory: run it as one process, with threads."""
    # Here and not above: the vendors' emulations import parts of this package.
    from workers.vendors.sandbox.app import build  # noqa: PLC0415

    return build(config or SandboxConfig())
