"""What a scrape gets: the figures of all processes of this machine, added up, and what only the database knows."""

import fcntl
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path

import psutil
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Max, Min
from django.utils import timezone
from django_q.models import OrmQ
from prometheus_client import ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from coach.models import NightlyBackup
from coach.running.watching.figures import FOLDER, show_zeros
from llm_modes.catalogue import MODES
from llm_modes.failures import FAILURES

# The number under which the figures of processes that have ended are kept together.
ENDED = 0


class Everything(Collector):
    """All figures."""

    def collect(self) -> list[Metric]:
        """Add up what the processes of this machine have counted, and ask the database."""
        with _alone():
            bury(FOLDER)
            counted = [*MultiProcessCollector(None, path=str(FOLDER)).collect(), *_of_processes()]
        return [*counted, *_of_the_database()]


def begin() -> None:
    """Forget in which state the processes of an earlier life were, before there are new ones with their numbers; and
    show as 0 what may come to be counted."""
    with _alone():
        bury(FOLDER)
    show_zeros(MODES, ("ok", *FAILURES))


@contextmanager
def _alone() -> Iterator[None]:
    """No two scrapes at a time: one would read what the other is just putting together."""
    FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def bury(folder: Path) -> None:
    """Put together what ended processes have counted, and forget in which state they were.

    The worker's processes are replaced now and then, and each leaves files, which would become ever more.
    """
    dead = [file for file in folder.glob("*.db") if _number(file) != ENDED and not psutil.pid_exists(_number(file))]
    try:
        for kind in ("counter", "histogram"):
            ended = [file for file in dead if file.name.startswith(f"{kind}_")]
            if ended:
                _put_together(folder / f"{kind}_{ENDED}.db", ended)
    except OSError:  # no room on the disk: until there is, they stay as they are
        dead = [file for file in dead if file.name.startswith("gauge_")]
    for file in dead:
        file.unlink(missing_ok=True)


def _put_together(kept: Path, ended: list[Path]) -> None:
    values = {}
    for metric in MultiProcessCollector.merge(
        [str(file) for file in (kept, *ended) if file.exists()], accumulate=False
    ):
        for one in metric.samples:
            key = mmap_key(metric.name, one.name, [*one.labels], [*one.labels.values()], metric.documentation)
            values[key] = one.value
    draft = kept.with_suffix(".room")
    draft.write_bytes(bytes(4096 + sum(len(key.encode()) + 32 for key in values)))  # in full length, as all others
    written = MmapedDict(str(draft))
    for key, value in values.items():
        written.write_value(key, value, 0.0)
    written.close()
    draft.rename(kept)


def _number(file: Path) -> int:
    """The number of the process that writes this file: "gauge_livesum_123.db"."""
    return int(file.stem.rpartition("_")[2])


def _of_processes() -> Iterator[Metric]:
    """Memory, processor time, threads and open files of each process, by the library's own collector."""
    families: dict[str, Metric] = {}
    for number, name in _processes().items():
        for one in ProcessCollector(pid=partial(int, number), registry=None).collect():
            family = families.setdefault(one.name, Metric(one.name, one.documentation, one.type))
            for sample in one.samples:
                family.add_sample(sample.name, {"process": name, "pid": str(number)}, sample.value)
    return iter(families.values())


def _processes() -> dict[int, str]:
    """The processes that count, and those that they have started: their numbers, and "web" or "worker"."""
    found: dict[int, str] = {}
    for number in {_number(file) for file in FOLDER.glob("*.db")} - {ENDED}:
        with suppress(psutil.Error):
            process = psutil.Process(number)
            name = "web" if "coach.running.web_server" in process.cmdline() else "worker"
            for one in (process, *process.children(recursive=True)):
                found.setdefault(one.pid, name)
    return found


def _of_the_database() -> Iterator[Metric]:
    """Whether it answers, the work queue, and the last backup. All machines share them: take the maximum of scrapes."""
    try:
        now = timezone.now()
        waiting = OrmQ.objects.filter(lock__lte=now).aggregate(number=Count("pk"), since=Min("lock"))
        at_work = OrmQ.objects.filter(lock__gt=now).count()
        backup = NightlyBackup.objects.filter(failure="").aggregate(last=Max("started_at"))["last"]
    except DatabaseError:
        yield GaugeMetricFamily("coach_database_up", "1 if the database answers.", 0)
        return
    yield GaugeMetricFamily("coach_database_up", "1 if the database answers.", 1)
    tasks = GaugeMetricFamily("coach_queue_tasks", "Tasks of the work queue.", labels=["state"])
    tasks.add_metric(["waiting"], waiting["number"])
    tasks.add_metric(["at_work"], at_work)
    yield tasks
    age = _age(waiting["since"], now, none=0)
    yield GaugeMetricFamily("coach_queue_oldest_seconds", "Age of the task that waits longest.", age)
    if settings.BACKUP_DIR is not None:
        age = _age(backup, now, none=math.inf)
        yield GaugeMetricFamily("coach_backup_age_seconds", "Age of the newest nightly backup; +Inf: none yet.", age)


def _age(moment: datetime | None, now: datetime, *, none: float) -> float:
    return none if moment is None else (now - moment).total_seconds()
