# The coach as one image: `web` and `worker` are two commands of it. compose.yaml runs it with PostgreSQL and Caddy.

FROM debian:bookworm-slim AS built

# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/coach
COPY requirements.txt .
RUN python3 -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt \
 && .venv/bin/pip uninstall --yes --quiet pip setuptools
COPY manage.py Procfile ./
COPY static static
COPY templates templates
COPY llm_modes llm_modes
COPY plans plans
COPY study study
COPY coach coach
# The root is read-only later, so everything is compiled now.
RUN .venv/bin/python -m compileall -q .

FROM debian:bookworm-slim

# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3 ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 coach \
 && useradd --system --uid 10001 --gid coach --home-dir /data --shell /usr/sbin/nologin coach \
 && install --directory --owner=coach --group=coach --mode=0700 /data
COPY --from=built /opt/coach /opt/coach
WORKDIR /opt/coach
# The last one: bytes from which on memory is given back at once. Each thread that has hashed a password would keep 19 MB.
ENV PATH=/opt/coach/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    COACH_DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8000 \
    MALLOC_MMAP_THRESHOLD_=1048576
USER 10001:10001
# Generated keys and the collected static files.
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-m", "coach.running.alive"]
CMD ["python", "-m", "coach.running.web_server"]
