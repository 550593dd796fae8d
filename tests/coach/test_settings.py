"""`.env.example` is the truth about the settings: their names and their defaults."""

import os
import re
import runpy
import subprocess
import sys

from coach.running import setting_values
from llm_modes.catalogue import MODES
from tests.environment import ROOT, documented_settings

DATABASE = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "SECRET_KEY": "x",
    "COACH_ENCRYPTION_KEYS": "b25seS1mb3ItdGhlLWNoZWNrcy0wMTIzNDU2Nzg5LWE=",
}
SOURCE = (ROOT / "coach" / "settings.py").read_text()


def settings_with(monkeypatch, environment):
    """The settings as a process with this environment, and without a `.env`, would have them."""
    monkeypatch.setattr(setting_values, "read", lambda path: {})
    for name in documented_settings():
        monkeypatch.delenv(name, raising=False)
    for name, value in {**environment, **DATABASE}.items():
        monkeypatch.setenv(name, value)
    values = runpy.run_path(str(ROOT / "coach" / "settings.py"))
    return {name: value for name, value in values.items() if name.isupper()}


def test_every_setting_is_documented_and_nothing_else():
    modes = {f"COACH_MODEL_{name.upper()}" for name in MODES}
    of_earlier_releases = {"COACH_LLM_FIRST_BYTE_SECONDS"}  # read still, and named otherwise now

    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', SOURCE)) - of_earlier_releases
    assert set(documented_settings()) == read | modes


def test_the_documented_defaults_are_the_real_ones(monkeypatch):
    assert settings_with(monkeypatch, documented_settings()) == settings_with(monkeypatch, {})


def test_only_the_web_server_shares_connections_in_a_pool(tmp_path):
    # The worker forks: processes that share a pool take each other's replies, and wait for ever.
    show = "from django.conf import settings; print(settings.DATABASES['default'].get('OPTIONS', {}).get('pool'))"
    environment = {**os.environ, **DATABASE, "COACH_DATABASE_POOL": "7", "DJANGO_SETTINGS_MODULE": "coach.settings"}

    def shown(code):
        command = [sys.executable, "-c", code]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    assert shown(show) == "None\n"
    assert "'max_size': 7" in shown(f"import coach.wsgi; {show}")


def test_every_line_of_the_example_is_a_remark_so_that_a_copy_changes_nothing():
    lines = (ROOT / ".env.example").read_text().splitlines()

    assert [line for line in lines if line and not line.startswith("# ")] == []
