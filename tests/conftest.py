"""Fixtures that every folder of tests shares: the embedded database and the browser."""

import gc
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator

import django
import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.dispatch import receiver
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import emptying, environment, first_data

environment.prepare()
from coach.running.postgresql.base import prepared_options  # noqa: E402 - it needs settings

# Tables are copied from those of a first run, not made by 70 migrations; one that is new is applied to the copy.
settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = first_data.MIGRATED
# No manifest of collected files, and no slow hashing of passwords.
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
# As the web server sends its statements: PostgreSQL then wants to know the type of each value.
settings.DATABASES["default"]["OPTIONS"] |= prepared_options()
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django.setup()
emptying.by_deleting()

pytest_plugins = ["tests.fake_llm"]

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # it refuses to run as root with one
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

# Files that take twenty seconds and more begin first, so that the workers of a run end at about the same time.
LONGEST_FILES = (
    "browser/test_every_page.py",
    "browser/test_whole_loop.py",
    "coach/running/test_serve.py",
    "llm_modes/test_no_text_holds_the_processor.py",
    "browser/test_scripts_that_fail.py",
    "security/test_access.py",
    "fortnight/test_fortnight.py",
    "study/test_dictation_in_the_browser.py",
    "security/test_words_run_nothing.py",
    "client/test_fuzz.py",
    "study/test_in_the_browser.py",
    "study/test_faults.py",
    "browser/test_waiting.py",
    "llm_modes/asking/test_killed_asker.py",
    "stack/test_killed_web_worker.py",
    "coach/running/test_database.py",
    "plans/test_plan_machine.py",
    "stack/test_canary.py",
    "browser/test_typed_words.py",
    "security/test_odd_addresses.py",
    "client/test_the_same_call_at_once.py",
    "coach/running/test_web.py",
    "load/test_greedy_candidate.py",
    "llm_modes/provider/test_faults.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, the others as they come."""

    def place(item: pytest.Item) -> int:
        file = item.path.relative_to(environment.ROOT / "tests").as_posix()
        return LONGEST_FILES.index(file) if file in LONGEST_FILES else len(LONGEST_FILES)

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Set aside what is loaded by now: looking through it for garbage, again and again, took a tenth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: a good part of a run waits for programs, pages and clocks."""
    return (os.cpu_count() or 1) + 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Spare a run that has no tests by Hypothesis the half second of importing it, only to say nothing about it."""
    if "hypothesis" not in sys.modules and not session.config.getoption("numprocesses"):
        session.config.pluginmanager.unregister(name="hypothesispytest")


# Milliseconds. On a machine with other work to do a page may need more than Playwright's five seconds.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def browser_arguments() -> list[str]:
    """Chromium's command line; a module that needs more (a microphone) overrides this fixture."""
    return CHROMIUM_ARGUMENTS


@pytest.fixture(scope="module")
def browser(browser_arguments: list[str]) -> Iterator[Browser]:
    """Chromium, without a window. Skipped where none is installed, except in CI."""
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "Chromium is not installed (Debian: apt install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    # Playwright runs an event loop in this thread, in which Django would refuse to touch the database.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=chromium, args=browser_arguments)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a fresh profile: no cookies of other tests.

    Fails the test when a script of ours failed, or did what our content security policy forbids.
    """
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    wait_for_last_requests()
    assert errors == []


# The threads that answer a request just now.
_answering: set[int] = set()


@receiver(request_started, weak=False)
def _begin(**_signal: object) -> None:
    _answering.add(threading.get_ident())


@receiver(request_finished, weak=False)
def _end(**_signal: object) -> None:
    _answering.discard(threading.get_ident())


def wait_for_last_requests() -> None:
    """Wait until the live server has answered what the page had asked for when it was closed.

    The database is emptied next, and each would wait for the other: a deadlock, or rows that nobody expects.
    """
    until = time.monotonic() + 10
    while _answering & ({thread.ident for thread in threading.enumerate()} - {threading.get_ident()}):
        if time.monotonic() > until:
            return
        time.sleep(0.02)
