"""The program's settings, with three pages more that fail: for the canary."""

from coach.settings import *  # noqa: F403 - all of them, as they are

ROOT_URLCONF = "tests.stack.broken_pages"
