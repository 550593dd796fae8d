"""Runs `manage.py check_llm` and gives what it says."""

from dataclasses import dataclass
from io import StringIO

from django.core.management import call_command


@dataclass
class Said:
    """What was printed, and whether the exit code was 0."""

    text: str
    content: bool

    def __contains__(self, sentence: str) -> bool:
        """Whether it says that, however its lines are broken."""
        return " ".join(sentence.split()) in " ".join(self.text.split())

    def row(self, mode: str, reply: str = "streamed") -> list[str]:
        """The cells of a row of the table."""
        rows = [line.split() for line in self.text.splitlines()]
        return next(cells for cells in rows if cells[:2] == [mode, reply])

    @property
    def env(self) -> list[str]:
        """The lines to put into `.env`."""
        _, _, after = self.text.partition("Put into .env:\n")
        return after.partition("\n\n")[0].splitlines()

    @property
    def pins(self) -> list[str]:
        """The lines that would spare the search, without their #."""
        _, _, after = self.text.partition("these would say it instead:\n")
        return [line.removeprefix("# ") for line in after.partition("\n\n")[0].splitlines()]


def check(*arguments: str) -> Said:
    """Run it. Without `--long-prompt` in the arguments no long prompt is sent: most tests are not about that."""
    asked = [one for one in arguments if one != "--long-prompt"]
    short = [] if len(asked) < len(arguments) else ["--short"]
    printed = StringIO()
    try:
        call_command("check_llm", *asked, *short, stdout=printed)
    except SystemExit as end:
        return Said(printed.getvalue(), end.code == 0)
    return Said(printed.getvalue(), True)
