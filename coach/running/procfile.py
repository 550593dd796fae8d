"""What `manage.py serve` becomes when all is prepared: it runs what the Procfile names, and holds no Django app."""

import os
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from coach.running.alive import healthy, reachable
from coach.running.database import EmbeddedServer
from coach.running.supervisor import Supervisor
from coach.running.watching import lines

FOLDER = Path(__file__).resolve().parent.parent.parent
READY_SECONDS = 60


def main() -> None:
    """The arguments are the descriptor of the run's lock, a host name that the settings allow, and the data folder of
    the embedded database; no folder where another server is used. HOST, PORT and COACH_STOP_SECONDS come from the
    environment.

    Exits with 0 when told to stop, with 1 and a plain message when a process ends before all are ready.
    """
    lines.speak()
    lock, allowed_host, *data_dir = sys.argv[1:]
    host, port = reachable(os.environ["HOST"]), int(os.environ["PORT"])
    server = EmbeddedServer(Path(data_dir[0])) if data_dir else None
    try:
        if server:
            server.attach()
    except ImproperlyConfigured as problem:
        sys.exit(str(problem))
    supervisor = Supervisor(
        commands(),
        environment(server),
        database=server,
        lock=int(lock),
        is_ready=lambda: healthy(host, port, allowed_host),
        on_ready=lambda: announce(host, port),
        ready_seconds=READY_SECONDS,
        grace=int(os.environ["COACH_STOP_SECONDS"]) + 1,
    )
    supervisor.run()
    if supervisor.failure:
        sys.exit(f"Stopped. {supervisor.failure}")


def commands() -> dict[str, str]:
    """The commands of the Procfile by their names."""
    named = (FOLDER / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in named if line)


def environment(server: EmbeddedServer | None) -> dict[str, str]:
    """The environment of the processes: ours, with the address of the database and our Python's programs."""
    return {
        # Bytes from which on glibc gives memory back at once: each thread that has hashed a password would keep 19 MB.
        "MALLOC_MMAP_THRESHOLD_": "1048576",
        **os.environ,
        **({"DATABASE_URL": server.url()} if server else {}),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
    }


def announce(host: str, port: int) -> None:
    """Say where the coach is."""
    name = f"[{host}]" if ":" in host else host
    said = f"The coach is ready: open http://{name}:{port}/ in a browser. Ctrl-C stops it."
    print(lines.line_of(said, "INFO"), flush=True)


if __name__ == "__main__":
    main()
