"""Every route of the program: as the URL configuration has it, and as access.txt says who may open it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import URLPattern, get_resolver

TABLE = Path(__file__).with_name("access.txt")
# What Django's admin makes of a model, below "…".
ADMIN_PAGES = (
    "",
    "add/",
    "<path:object_id>/history/",
    "<path:object_id>/delete/",
    "<path:object_id>/change/",
    "<path:object_id>/",
)
ADMIN_DOORS = ("read-only", "deletable", "accounts", "full")
_GROUP = re.compile(r"\(\?P<(\w+)>[^()]*\)\$?")


@dataclass(frozen=True)
class Route:
    """A line of the table. `methods` is empty where any method gets the same answer."""

    path: str
    door: str
    methods: tuple[str, ...]

    @property
    def own(self) -> str:
        """What the id of a route names: "session", "proposal" …; "" where there is none."""
        return self.door.partition("own ")[2]

    @property
    def is_rest(self) -> bool:
        return self.door.startswith("rest")

    @property
    def is_admin(self) -> bool:
        return self.path.startswith("/admin/")

    @property
    def admin_page(self) -> str:
        """What an admin route does: "list", "add", "history", "delete", "change", "password" or "forward"."""
        last = self.path.rstrip("/").rpartition("/")[2]
        if last == "<path:object_id>":
            return "forward"
        return last if last in ("add", "history", "delete", "change", "password") else "list"


def configured(resolver: Any = None, before: str = "/") -> Iterator[str]:
    """All routes that the URL configuration knows, in its order; a regular expression's groups as <name>."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + _GROUP.sub(r"<\1>", str(pattern.pattern))
        if isinstance(pattern, URLPattern):
            # "^" and "$" are ends of a regular expression inside of "admin/".
            yield re.sub(r"(?<=/)\^(?=<)|\$$", "", route)
        else:
            yield from configured(pattern, route)


def table() -> list[Route]:
    """The lines of access.txt, the pages of the admin written out."""
    routes: list[Route] = []
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            path, door, methods = [*re.split(r"\s{2,}", line.strip()), "", ""][:3]
            if path.endswith("…"):
                pages = [path.removesuffix("…") + page for page in ADMIN_PAGES]
                routes += [Route(page, door, ("GET", "HEAD", "POST")) for page in pages]
            else:
                routes.append(Route(path, door, tuple(methods.split())))
    return routes


def url_of(route: Route, value: object, model_value: object = "") -> str:
    """The route with its ids filled in: `value` for one of a candidate's, `model_value` for one of the admin's."""
    filled = re.sub(r"<(int:pk|session_id)>", str(value), route.path)
    filled = filled.replace("<app_label>", "plans").replace("<url>", "nothing/")
    filled = re.sub(r"<(path:object_id|path:content_type_id|id)>", str(model_value), filled)
    return filled.replace("^(users|study|api)/", "users/nothing")
