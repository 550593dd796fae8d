"""A model that behaves: what tests/fake_llm.py answers in the simulation. It reads the prompt as a model would."""

import re
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from random import Random
from typing import Any

from tests.fake_llm import (
    FakeLLM,
    Request,
    a_mark,
    a_plan,
    a_plan_change,
    a_question,
    a_reconciliation,
    a_topic,
    an_anchor,
    some_questions,
    topics_of,
)
from tests.fortnight.personas import Persona

MODES = (
    "read_context",
    "suggest_plan",
    "suggest_plan_changes",
    "generate_questions",
    "evaluate_answer",
    "reconcile_session",
)
# New questions are made of these, so that no two are alike.
_WORDS = (
    "queue cache index ledger migration schema outage alert deploy rollback feature customer invoice tenant "
    "shard replica backup password token budget deadline handover estimate interview mentor conflict promise "
    "refusal release branch review incident latency throughput memory leak thread lock deadlock retry timeout "
    "contract vendor audit privacy search ranking upload download archive notification calendar payment refund "
    "currency tax warehouse route driver sensor battery firmware browser keyboard translation font colour "
    "layout login session cookie proxy certificate firewall router switch cable rack printer scanner camera "
    "microphone podcast lecture workshop apprentice director board investor journalist lawyer nurse teacher "
    "pilot farmer baker plumber neighbour stranger committee union"
).split()
_FRAMES = (
    "What would you ask first about the {} of a {} before the {} with the {}?",
    "Why did your last {} need another {}, and who paid the {} for the {}?",
    "A {} blames the {}: which {} shows you that it was the {}?",
    "Explain to a {} how the {} and the {} of your {} belong together.",
)


class ScriptedModel:
    """Answers every mode for one candidate. `next_mark` gives the next mark, 1 to 10."""

    def __init__(self, persona: Persona, next_mark: Callable[[], int]) -> None:
        self.persona, self.next_mark = persona, next_mark
        self._number, self._random, self._reviews = count(1), Random(persona.name), count()

    def play(self, fake: FakeLLM) -> None:
        """Let this server answer so from now on."""
        for mode in MODES:
            fake.always(partial(self._reply, mode), mode=mode)

    def _reply(self, mode: str, request: Request) -> dict[str, Any]:
        """The server swallows what goes wrong in its threads: a mistake of ours has to be seen."""
        try:
            return getattr(self, mode)(request)
        except Exception:
            traceback.print_exc()
            raise

    def read_context(self, _request: Request) -> dict[str, Any]:
        return {"competencies": [], "profile": f"Applies as {self.persona.role}."}

    def suggest_plan(self, _request: Request) -> dict[str, Any]:
        topics = [a_topic(name, priority=at, minutes=m) for at, (name, m) in enumerate(self.persona.plan, start=1)]
        return a_plan(*topics, role=self.persona.role)

    def suggest_plan_changes(self, request: Request) -> dict[str, Any]:
        """Nags: five minutes from the first topic that has ten to the last one; then back; then it wants that gone."""
        topics, turn = topics_of(request), next(self._reviews) % 3
        giver = next((one for one in topics if one.daily_study_minutes >= 10), None)
        taker = topics[-1]
        if turn == 1 and taker.daily_study_minutes >= 10:
            giver, taker = taker, topics[0]
        if giver is None or giver is taker:
            return a_plan_change(*topics)
        if turn == 2 and len(topics) > 2:
            rest = (one for one in topics if one is not giver)
            kept = [replace(one, priority=place) for place, one in enumerate(rest, start=1)]
            return a_plan_change(*kept, changes=[(giver.name, "removed")])
        moved = {giver.name: -5, taker.name: 5}
        given = [replace(one, daily_study_minutes=one.daily_study_minutes + moved.get(one.name, 0)) for one in topics]
        return a_plan_change(*given, changes=[(giver.name, "less_time"), (taker.name, "more_time")])

    def generate_questions(self, request: Request) -> dict[str, Any]:
        """As many as are wanted: one redo to two new ones, of the difficulties that the prompt names."""
        asked = _tag(request.user, "count")
        wanted = int((re.search(r"\d+", asked) or ["4"])[0])
        redos = re.findall(r"^(\d+): ", _tag(request.user, "redo"), flags=re.MULTILINE)[: max(1, wanted // 3)]
        levels = re.findall(r"\b(\d+) (easy|medium|hard)\b", asked)
        difficulties = [level for number, level in levels for _ in range(int(number))] or ["medium"]
        again = [a_question("Again.", status="redo", redo_reason="high_value", redo_of=int(one)) for one in redos]
        fresh = [
            a_question(self._question(), difficulty=difficulties[at % len(difficulties)])
            for at in range(wanted - len(again))
        ]
        return some_questions(*fresh, *again)

    def _question(self) -> str:
        number = next(self._number)
        return _FRAMES[number % len(_FRAMES)].format(*self._random.sample(_WORDS, 4))

    def evaluate_answer(self, _request: Request) -> dict[str, Any]:
        return a_mark(self.next_mark(), anchors=[an_anchor(), an_anchor("Result", "End with what came of it.")])

    def reconcile_session(self, request: Request) -> dict[str, Any]:
        """Repeats what it was given: the marks by question, and what recurred."""
        given = _tag(request.user, "attempts")
        marks = re.findall(r"^- (.+)\n  marks: (.+)$", given, flags=re.MULTILINE)
        scores = [[int(mark) for mark in re.findall(r"(\d+) in ", line)] for _question, line in marks]
        lines = [
            {
                "question": question[:150],
                "attempts": len(found),
                "best_score": max(found),
                "best_anchors": [an_anchor()],
            }
            for (question, _line), found in zip(marks, scores, strict=True)
            if found
        ]
        best = max((max(found) for found in scores if found), default=0)
        return a_reconciliation(
            **({"question_attempts": lines} if lines else {}),
            progress_note=f"The best answer of the last session had {best} of 10. Results still lack numbers.",
            next_focus=[{"focus": f"End with a number, as in answer {next(self._number)}", "reason": "None had one."}],
        )


def _tag(prompt: str, name: str) -> str:
    found = re.search(rf"<{name}>\n?(.*?)\n?</{name}>", prompt, flags=re.DOTALL)
    return found[1] if found else ""
