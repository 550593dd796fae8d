"""Tasks of the worker whose failures say where, and nothing of what a candidate wrote.

django-q stores and logs the text and the traceback of what a task raises. Every task of ours is wrapped in `quiet`.
"""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from coach.encryption.unreadable import read_what_can_be_read
from coach.running.quiet_logging import place_of

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class TaskFailed(Exception):
    """A task failed; the text says with what type and where."""


def quiet(task: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Run the task as pages run: what cannot be read costs that alone. Raises TaskFailed in place of what it raises."""

    @functools.wraps(task)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        place = ""
        try:
            with read_what_can_be_read():
                return task(*args, **kwargs)
        except Exception as problem:
            place = place_of(problem)
        raise TaskFailed(place)

    return run
