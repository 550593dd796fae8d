"""How far a backup or a restore is."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

TOLD_EVERY = 1_000_000  # bytes: what is read comes in small pieces


class Steps:
    """Is told what is being done. This one tells nobody; `Bars` shows it."""

    def begin(self, what: str, total: int | None = None) -> None:
        """A step begins. `total`: its bytes; None where nobody knows them, or where it is not about bytes."""

    def advance(self, count: int) -> None:
        """So many bytes more of this step are done."""


class Bars(Steps):
    """Shows a bar for each step."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._untold = 0

    def begin(self, what: str, total: int | None = None) -> None:
        self.end()
        self._task = self._progress.add_task(what, total=total)

    def advance(self, count: int) -> None:
        self._untold += count
        if self._task is not None and self._untold > TOLD_EVERY:
            self._progress.advance(self._task, self._untold)
            self._untold = 0

    def end(self) -> None:
        """The step that was begun last is over."""
        if self._task is not None:
            self._progress.advance(self._task, self._untold)
            self._untold = 0
            done = int(self._progress.tasks[self._task].completed)
            self._progress.update(self._task, total=done or 1, completed=done or 1)


class Bytes(DownloadColumn):
    """The bytes of a step; nothing for a step that is not about bytes."""

    def render(self, task: Task) -> Text:
        return super().render(task) if task.completed > 1 else Text()


@contextmanager
def bars() -> Iterator[Bars]:
    """Progress bars on the terminal, beside what the command prints."""
    columns = (TextColumn("{task.description}"), BarColumn(), Bytes(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        shown = Bars(progress)
        yield shown
        shown.end()
