"""Tasks of the worker whose failures say where they were, and nothing that a candidate wrote.

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
    """A task failed. The text is the type of its exception and the place."""


def quiet(task: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Run the task like a page: a value that cannot be read is left out. Raises TaskFailed for whatever it raises."""

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
