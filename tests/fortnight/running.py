"""Runs lives: one process and one database each, as many at once as there are cores."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import NamedTuple

from tests import first_data
from tests.fortnight import bounds, tables
from tests.fortnight.personas import PERSONAS, called


class Run(NamedTuple):
    """One cell of the cross."""

    persona: str
    coach: str
    a_day: int
    days: int


class Report(NamedTuple):
    """What is told of a run: its table, every day in words, and a sentence for each broken bound."""

    title: str
    table: str
    days: str
    broken: list[str]


def prepare() -> None:
    """Django in this process, on a database of its own that is made anew."""
    import django
    from django.conf import settings

    from coach.running.postgresql.base import pool_options

    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DATABASES["default"]["TEST"] = {"NAME": f"fortnight_{os.getpid()}", "TEMPLATE": first_data.MIGRATED}
    # As the web's processes have it: a connection that is given back while the coach is asked is not opened anew.
    settings.DATABASES["default"]["OPTIONS"]["pool"] = pool_options(4)
    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True)


def live(run: Run) -> Report:
    """Live through a run and judge it, in a process that is prepared."""
    from tests.fortnight.life import Life

    diary = Life(called(run.persona), run.coach, run.a_day, run.days).live()
    return Report(diary.title, tables.table(diary), tables.day_by_day(diary), bounds.broken(diary))


def at_once(runs: list[Run], processes: int = 0) -> Iterator[Report]:
    """The reports of all runs, each as soon as it is written."""
    count = min(processes or os.cpu_count() or 1, len(runs))
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=prepare) as pool:
        for future in as_completed([pool.submit(live, run) for run in runs]):
            yield future.result()


def usual() -> list[Run]:
    """Each persona once for 14 days, with the two coaches in turn; those that are `long` for 60 days as well."""
    runs = []
    for number, persona in enumerate(PERSONAS):
        coaches = persona.coaches
        runs.append(Run(persona.name, coaches[number % len(coaches)], persona.a_day, 14))
        if persona.long:
            runs.append(Run(persona.name, coaches[(number + 1) % len(coaches)], persona.a_day, 60))
    return sorted(runs, key=lambda run: -run.days * run.a_day)


def whole() -> list[Run]:
    """The whole cross."""
    cells = [Run(p.name, coach, n, d) for p in PERSONAS for coach in p.coaches for n in (1, 2, 3) for d in (14, 60)]
    return sorted(cells, key=lambda run: -run.days * run.a_day)
