# One image for every process: web, worker, scheduler, migration. The chart in helm/ names their commands.

FROM python:3.11-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1

# The dependencies first: they change less often than the code, and their layer is then kept.
RUN python -m venv /opt/perezvon
COPY requirements.lock /src/
RUN /opt/perezvon/bin/pip install --require-hashes --only-binary :all: -r /src/requirements.lock

# The build backend stays in an environment of its own, so that it does not reach the image.
RUN python -m venv /opt/backend && /opt/backend/bin/pip install "hatchling==1.33.0"
COPY pyproject.toml README.md /src/
COPY service /src/service
COPY workers /src/workers
RUN /opt/backend/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /src/dist /src \
    && /opt/perezvon/bin/pip install --no-deps /src/dist/*.whl \
    && /opt/perezvon/bin/pip uninstall --yes pip setuptools


FROM python:3.11-slim

# The number is the chart's runAsUser. Kubernetes can tell only by a number that a user is not root.
RUN groupadd --gid 10001 perezvon \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/perezvon perezvon \
    && install --directory --owner=10001 --group=10001 /var/lib/perezvon

# Owned by root: a process cannot change its own code.
COPY --from=build /opt/perezvon /opt/perezvon

ENV PATH=/opt/perezvon/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PORT=8000 \
    PEREZVON_VAR=/var/lib/perezvon

# The working folder is on Python's path: one that the process cannot write to.
WORKDIR /opt/perezvon
USER 10001:10001
EXPOSE 8000

# Everything on one machine with embedded parts; mount a volume at PEREZVON_VAR to keep the data. SIGTERM drains.
CMD ["perezvon", "up"]
