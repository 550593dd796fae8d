"""Asks the web server of this machine whether it serves candidates: `python -m coach.running.alive`.

For health checks of containers. It loads nothing of the program, since it runs several times a minute.
"""

import http.client
import os
import sys
from http import HTTPStatus


def main() -> None:
    """Exits with 0 when /health/ answers 200, else with 1. HOST, PORT and ALLOWED_HOSTS come from the environment."""
    names = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")
    allowed_host = next((name.strip().lstrip(".") for name in names if name.strip() != "*"), "localhost")
    host = reachable(os.environ.get("HOST", "127.0.0.1"))
    sys.exit(0 if healthy(host, int(os.environ.get("PORT", "8000")), allowed_host) else 1)


def reachable(host: str) -> str:
    """A name by which this machine reaches what listens on `host`."""
    return {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)  # noqa: S104


def healthy(host: str, port: int, allowed_host: str) -> bool:
    """Whether /health/ answers 200 there. `allowed_host`: a host name that the settings allow."""
    # Asked as a proxy in front would ask.
    server = http.client.HTTPConnection(host, port, timeout=2)
    try:
        server.request("GET", "/health/", headers={"Host": allowed_host, "X-Forwarded-Proto": "https"})
        return server.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        server.close()


if __name__ == "__main__":
    main()
