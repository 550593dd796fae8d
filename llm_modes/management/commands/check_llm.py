"""manage.py check_llm: does the configured provider serve every mode, and what would have to be set?"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from llm_modes.catalogue import MODES
from llm_modes.checking import first_word, long_prompt, modes, second_look, speed, spoken, table
from llm_modes.checking.env_lines import merged
from llm_modes.checking.findings import Finding, shown
from llm_modes.checking.trial import Try, try_both_ways
from llm_modes.language.mode import Mode
from llm_modes.provider import dialect
from llm_modes.provider.client import model_for


class Command(BaseCommand):
    """Tries each mode with a tiny input, and says what works, how fast it is, and what to change."""

    help = (
        "Try each mode against the configured LLM, streamed and whole, and print what to set. It asks for the list of "
        "models and for a single word first, and later sends a prompt as long as our longest: some 14,000 tokens for "
        "the modes, and 11,000 for that prompt. What is too slow, or cut off, is asked once more with more room. "
        "Exit code 1: something does not work."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("modes", nargs="*", choices=[[], *MODES], help="only these (default: all)")
        parser.add_argument("--short", action="store_true", help="send no long prompt")
        parser.add_argument("--forget", action="store_true", help="find out anew what the server speaks")
        parser.add_argument(
            "--patience",
            type=float,
            default=speed.MOST_SECONDS,
            help="seconds to wait for a slow answer (default: 900)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.found: list[Finding] = []
        chosen = [MODES[name] for name in options["modes"] or MODES]
        if settings.OFFLINE_COACH:
            self._say("No LLM is configured (OPENAI_API_KEY, OPENAI_BASE_URL): the offline coach answers.")
        else:
            models = list(dict.fromkeys(model_for(mode) for mode in chosen))
            self._say(f"Asking {shown(settings.OPENAI_BASE_URL)} for {', '.join(models)}.")
            self._tell(first_word.about_the_way())
            reached = self._reached(models, options)
            chosen = [mode for mode in chosen if model_for(mode) in reached]
        tries = self._try_all(chosen)
        self._tell(modes.findings(tries))
        if not settings.OFFLINE_COACH and tries:
            self._look_closer(tries, options)
        self._end(tries)

    def _reached(self, models: list[str], options: dict[str, Any]) -> list[str]:
        """The models that answer at all."""
        reached = []
        for model in models:
            if options["forget"]:
                dialect.forget(model)
            self._say(f"Waiting for a first word of {model} …")
            first = first_word.ask_first(model, options["patience"])
            self._tell(first.findings)
            if first.reached:
                reached.append(model)
        return reached

    def _try_all(self, chosen: list[Mode]) -> list[Try]:
        if chosen:
            self._say("\n" + table.head())
        tries = []
        for mode in chosen:
            for tried in try_both_ways(mode):
                tries.append(tried)
                self._say(table.row(tried))
        if chosen:
            self._say("")
        return tries

    def _look_closer(self, tries: list[Try], options: dict[str, Any]) -> None:
        """What would help what failed, how much the server reads, how fast it is, and how it is spoken to."""
        measured, longest = [*tries], None
        for look in second_look.worth_a_look(tries):
            self._say(look.says)
            finding, tried = second_look.look_again(look, options["patience"])
            measured.append(tried)
            self._tell([finding])
        if not options["short"]:
            self._say("Sending a long prompt …")
            longest = long_prompt.send_long_prompt(model_for(tries[0].mode), options["patience"])
            self._tell([long_prompt.finding(longest)])
        self._tell(speed.findings(measured, longest))
        for model in dict.fromkeys(model_for(tried.mode) for tried in tries):
            self._tell(spoken.findings(model))
            self._say("\n" + table.wrapped(f"{model} is asked so: {spoken.in_words(model)}.", mark=""))

    def _end(self, tries: list[Try]) -> None:
        """The lines to set, and the exit code."""
        if lines := merged(self.found):
            self._say("\nPut into .env:")
            self._say("\n".join(lines))
        pins = list(dict.fromkeys(line for tried in tries for line in spoken.lines(model_for(tried.mode))))
        if pins and not settings.OFFLINE_COACH:
            self._say("\nFound out once and kept in the database; these would say it instead:")
            self._say("\n".join(f"# {line}" for line in pins))
        failed = any(finding.fails for finding in self.found)
        if not settings.OFFLINE_COACH:
            self._say("\nNot everything works." if failed else "\nEverything works.")
        if failed:
            raise SystemExit(1)

    def _tell(self, found: Iterable[Finding]) -> None:
        for finding in found:
            self.found.append(finding)
            self._say(table.wrapped(finding.says))

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
