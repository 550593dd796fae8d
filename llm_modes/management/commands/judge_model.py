"""manage.py judge_model: are a model's marks fair and steady enough to practise by?"""

from collections import Counter
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from llm_modes.evaluate_answer.schema import MODE, EvaluateAnswerInputs
from llm_modes.failures import LLMFailure
from llm_modes.judging.marking import Judge, SetMarked, all_answers
from llm_modes.judging.samples import QUALITIES, SampleSet, sample_sets
from llm_modes.judging.verdict import THRESHOLDS, Summary, Verdict, summary
from llm_modes.ledger.prices import cost
from llm_modes.models import Dialect
from llm_modes.provider import dialect
from llm_modes.provider.client import model_for
from llm_modes.provider.counting import prompt_tokens

# What a model usually writes to mark an answer, without thinking.
REPLY_TOKENS = 300
MOST_RUNS = 20


class Command(BaseCommand):
    """Prints how a model marks answers of which everybody knows the order, and what that means for candidates."""

    help = (
        "Have the configured model mark sample answers (weak, middling, strong) several times, and say whether its "
        "marks can be believed. Its first line says what it costs in tokens. Exit code 1: do not use it for marks."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        names = [sample.name for sample in sample_sets()]
        parser.add_argument("--model", help="judge this model of the same server (default: the one that marks)")
        parser.add_argument("--runs", type=int, default=3, help="how often each answer is marked (default: 3)")
        parser.add_argument("--sets", nargs="+", choices=names, default=names, help="only these sets (default: all)")

    def handle(self, *args: Any, **options: Any) -> None:
        runs, samples = options["runs"], sample_sets(options["sets"])
        if not 1 <= runs <= MOST_RUNS:
            raise CommandError(f"--runs takes a number from 1 to {MOST_RUNS}.")
        model = model_for(MODE) if settings.OFFLINE_COACH else options["model"] or model_for(MODE)
        self._announce(samples, model, runs)
        judge, marked = Judge(model, runs), []
        row = _row_for(runs)
        self._say("\n" + row.format("set", *QUALITIES, "order", "spread", "quotes kept", "failed"))
        for sample in samples:
            try:
                marked.append(judge.mark_set(sample))
            except LLMFailure as failure:
                self._say(f"\nNo marks ({failure.code}). `manage.py check_llm {MODE.name}` says what to change.")
                raise SystemExit(1) from None
            self._say(row.format(*_cells(marked[-1])))
        verdict = self._conclude(marked, model)
        if verdict == Verdict.NO:
            raise SystemExit(1)

    def _announce(self, samples: list[SampleSet], model: str, runs: int) -> None:
        """What will be asked, of whom, and about how many tokens that takes."""
        prompts = [sample.inputs(quality) for sample in samples for quality in QUALITIES]
        calls = runs * len(prompts)
        spoken = dialect.dialect_of(model)
        sent = round(runs * sum(_sent_for(inputs, spoken) for inputs in prompts), -2)
        written = calls * REPLY_TOKENS
        price = _price(cost(model, input_tokens=sent, cached_tokens=0, output_tokens=written))
        self._say(
            f"{calls} calls, about {sent:,} tokens in and {written:,} out{price} (more if the model thinks first)."
        )
        if settings.OFFLINE_COACH:
            self._say("No LLM is configured: the offline coach marks, by rules, always alike and for nothing.")
        else:
            self._say(f"{model} marks, at {settings.OPENAI_BASE_URL or 'the OpenAI API'}.")

    def _conclude(self, marked: list[SetMarked], model: str) -> Verdict:
        sums = summary(marked)
        self._say(f"\nOrder right in {sums.in_order} of {sums.sets} sets.")
        self._say(f"Marks of one answer: {sums.mean_spread:.1f} apart on average, {sums.largest_spread} at most.")
        self._say(f"Average mark: {_averages(sums)}. Quotes kept: {sums.kept} of {sums.cited}.")
        self._say(_used(marked, model))
        self._say(f"\n{model}: {sums.verdict}.")
        for reason in sums.reasons():
            self._say(f"- {reason}")
        self._say("\nHow this is judged:")
        for threshold in THRESHOLDS:
            self._say(f"- {threshold}")
        return sums.verdict

    def _say(self, line: str) -> None:
        self.stdout.write(line.rstrip())
        self.stdout.flush()


def _sent_for(inputs: EvaluateAnswerInputs, spoken: Dialect) -> int:
    form = {"json_schema": {"schema": MODE.reply.model_json_schema()}}
    asked = {"messages": MODE.messages(inputs), "response_format": form, "max_tokens": REPLY_TOKENS}
    return prompt_tokens(dialect.worded(spoken, asked))


def _row_for(runs: int) -> str:
    """A line of the table, whose columns of marks have room for all runs."""
    marks = f"{{:<{max(10, 3 * runs + 1)}}}"
    return "{:<16} " + marks * len(QUALITIES) + "{:<7} {:>6} {:>12}  {}"


def _cells(one: SetMarked) -> list[str]:
    answers = one.answers.values()
    failed = Counter(failure.code for answer in answers for failure in answer.failures)
    return [
        one.name,
        *(" ".join(map(str, answer.marks)) or "–" for answer in answers),
        "right" if one.in_order else "wrong",
        str(max(answer.spread for answer in answers)),
        f"{sum(answer.kept for answer in answers)} of {sum(answer.cited for answer in answers)}",
        ", ".join(f"{count} {code}" for code, count in failed.items()),
    ]


def _averages(sums: Summary) -> str:
    means = zip(QUALITIES, (sums.weak, sums.middling, sums.strong), strict=True)
    return ", ".join(f"{quality} {'–' if mean is None else f'{mean:.1f}'}" for quality, mean in means)


def _used(marked: list[SetMarked], model: str) -> str:
    """The tokens that all requests took, repeated ones included, and their price if it is known."""
    calls = [call for answer in all_answers(marked) for call in answer.calls]
    sent, cached, written = (
        sum(getattr(call, name) for call in calls) for name in ("input_tokens", "cached_tokens", "output_tokens")
    )
    price = cost(model, input_tokens=sent, cached_tokens=cached, output_tokens=written)
    estimated = ", estimated by us" if any(call.estimated for call in calls) else ""
    unknown = "" if price is not None or settings.OFFLINE_COACH else " COACH_PRICES has no price for this model."
    return f"Tokens used: {sent:,} in, {written:,} out{estimated}{_price(price)}.{unknown}"


def _price(price: Decimal | None) -> str:
    return "" if price is None else f", about ${price:.2f}" if price >= 1 else f", about ${price:.4f}"
