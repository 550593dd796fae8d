"""`make fortnight`: weeks of practice, for many kinds of people, in minutes. Prints a table for each, and what broke.

Environment: ALL=1 for the whole cross; PERSONA=name for one person, with A_DAY=1 to 3; COACH=offline or scripted,
DAYS=14 and PROCESSES=2 for any of them; LONG=1 for every day in words; PAGES=folder keeps the pages of each morning.
"""

import os
import sys
import time

from tests import environment
from tests.fortnight import bounds, running
from tests.fortnight.personas import called


def chosen() -> list[running.Run]:
    """The runs that the environment asks for."""
    said = os.environ.get
    if name := said("PERSONA"):
        persona = called(name)
        coaches = (said("COACH"),) if said("COACH") else persona.coaches
        return [
            running.Run(name, coach, int(said("A_DAY") or persona.a_day), int(said("DAYS") or 14)) for coach in coaches
        ]
    runs = running.whole() if said("ALL") else running.usual()
    if days := said("DAYS"):
        runs = list(dict.fromkeys(run._replace(days=int(days)) for run in runs))
    return [run for run in runs if said("COACH") in (None, run.coach)]


def main() -> int:
    """Run, print, and say how it ended: 0 when every bound held."""
    try:
        runs = chosen()
    except LookupError as problem:
        print(problem.args[0], file=sys.stderr)
        return 2
    processes = int(os.environ.get("PROCESSES") or 0)
    long = bool(os.environ.get("LONG"))
    environment.prepare()
    began, failed = time.monotonic(), []
    for report in running.at_once(runs, processes):
        print(report.table, report.days if long else "", sep="\n" if long else "", flush=True)
        failed += [(report.title, breach) for breach in report.broken]
        for breach in report.broken:
            print(f"   ✗ {breach}", flush=True)
    kept = len(bounds.BOUNDS)
    print(f"\n{len(runs)} runs, {kept} bounds each, in {time.monotonic() - began:.0f} s: {len(failed)} broken.")
    for title, breach in failed:
        print(f"✗ {title}: {breach}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
