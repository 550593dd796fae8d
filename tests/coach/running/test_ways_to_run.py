"""Image, compose file, units and proxies fit the program: its commands, folders, limits and patience."""

import os
import re
import subprocess
import sys

import pytest
import yaml
from django.conf import settings

from coach.running.procfile import commands
from tests.environment import ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
CADDYFILE = (ROOT / "ops/caddy/Caddyfile").read_text()
NGINX = (ROOT / "ops/nginx/coach.conf").read_text()
OURS = ("prepare", "web", "worker")


def test_the_image_holds_every_folder_of_the_program():
    copied = {name for line in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE) for name in line.split()}
    admitted = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    folders = {app.split(".")[0] for app in settings.INSTALLED_APPS if (ROOT / app.split(".")[0]).is_dir()}
    assert copied == admitted == folders | {"static", "templates", "manage.py", "Procfile", "requirements.txt"}


@pytest.mark.parametrize("name", ["web", "worker"])
def test_units_and_containers_start_what_the_procfile_names(name):
    command = commands()[name].removeprefix("exec ")
    unit = (ROOT / f"ops/systemd/coach-{name}.service").read_text()
    assert f"ExecStart=/opt/coach/.venv/bin/{command}\n" in unit
    in_container = COMPOSE[name].get("command") or yaml.safe_load(
        re.findall(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)[-1]
    )
    assert " ".join(in_container) == command


@pytest.mark.parametrize("name", OURS)
def test_containers_of_ours_have_no_rights_and_a_root_that_nobody_writes_to(name):
    service = COMPOSE[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert re.search(r"^USER (?!0)\d+:\d+$", DOCKERFILE, re.MULTILINE)


def test_whoever_starts_the_processes_starts_them_again():
    for name in ("web", "worker"):
        assert COMPOSE[name]["restart"] == "unless-stopped"
    for unit in ("coach", "coach-web", "coach-worker"):
        assert "Restart=always\n" in (ROOT / f"ops/systemd/{unit}.service").read_text()


def test_proxies_take_the_largest_body_and_keep_it_in_memory():
    nginx = {name: int(number) * 2**20 for name, number in re.findall(r"client_(\w+) (\d+)m;", NGINX)}
    assert nginx["max_body_size"] > settings.CONTEXT_BYTES
    assert nginx["body_buffer_size"] >= nginx["max_body_size"]
    caddy = {
        name: int(number) * 1_000_000 for name, number in re.findall(r"(max_size|request_buffers) (\d+)MB", CADDYFILE)
    }
    assert caddy["max_size"] > settings.CONTEXT_BYTES
    assert caddy["request_buffers"] >= caddy["max_size"]


@pytest.mark.parametrize(
    "pattern", [r"proxy_read_timeout (\d+)s", r"response_header_timeout (\d+)s"], ids=["nginx", "Caddy"]
)
def test_proxies_wait_as_long_as_our_pages(pattern):
    assert int(re.search(pattern, NGINX + CADDYFILE)[1]) > settings.PATIENCE_SECONDS


def asked(port: int | str) -> int:
    """The exit status of the health check of a container."""
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port), "ALLOWED_HOSTS": "*,localhost"}
    command = [sys.executable, "-m", "coach.running.alive"]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


@pytest.mark.django_db(transaction=True)
def test_a_container_is_healthy_while_its_web_server_answers(live_server):
    assert asked(live_server.url.rpartition(":")[2]) == 0


def test_a_container_whose_web_server_does_not_answer_is_not_healthy():
    assert asked(1) == 1
