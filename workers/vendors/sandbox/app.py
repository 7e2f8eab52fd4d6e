"""The application: vendors at `/omnidesk`, `/cscart`, `/obzvonilka`, control at `/sandbox`, a page at `/`."""

from flask import Flask, Response

from workers.vendors.sandbox import control, gateway, page
from workers.vendors.sandbox.config import SandboxConfig
from workers.vendors.sandbox.runtime import Sandbox


def build(config: SandboxConfig) -> Flask:
    """Wire the application; `workers.vendors.sandbox.create_app` is its public name."""
    sandbox = Sandbox(config)
    app = Flask(__name__)
    app.url_map.merge_slashes = False  # a vendor answers for a doubled slash itself
    app.config["MAX_FORM_MEMORY_SIZE"] = None  # long messages arrive as multipart fields
    app.register_blueprint(control.blueprint(sandbox))
    app.register_blueprint(page.blueprint(sandbox))
    for vendor in sandbox.vendors:
        _mount(app, sandbox, vendor.name)
    return app


def _mount(app: Flask, sandbox: Sandbox, name: str) -> None:
    def view(rest: str = "") -> Response:  # noqa: ARG001 - the gateway reads the path as it was sent
        return gateway.serve(sandbox, sandbox.vendor(name))

    for rule in (f"/{name}/", f"/{name}/<path:rest>"):
        app.add_url_rule(rule, name, view, methods=gateway.METHODS, provide_automatic_options=False)
