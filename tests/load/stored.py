"""What the database holds of a run: read by a program of its own, which has the settings and keys of that run.

python -m tests.load.stored choose NUMBER          so many candidates with a plan; prints what `read` needs
python -m tests.load.stored read BEFORE SECONDS    waits so long at most until the queue is empty, and prints
                                                   what is new since `choose` printed BEFORE
"""

import json
import random
import sys
import time
from typing import Any

import django

LOOK_EVERY = 2.0  # seconds
HEAVY = 1  # this many of those who have the most answers come in any case


def choose(number: int) -> dict[str, Any]:
    """So many candidates with a plan, all with the run's password, and the last row of each table before the run."""
    from django.contrib.auth.hashers import make_password
    from django.db.models import Count

    from coach.models import User
    from tests.load.words import PASSWORD

    planned = User.objects.filter(is_active=True, plan_topics__archived_at=None).exclude(plan_topics=None).distinct()
    by_answers = planned.annotate(answers=Count("question_attempts", distinct=True)).order_by("-answers", "pk")
    heavy = [user.pk for user in by_answers[:HEAVY]]
    others = sorted(set(planned.values_list("pk", flat=True)) - set(heavy))
    random.Random(1).shuffle(others)
    chosen = [*heavy, *others][:number]
    User.objects.filter(pk__in=chosen).update(password=make_password(PASSWORD))
    names = [User.objects.get(pk=pk).username for pk in chosen]
    return {"names": names, "last": {model._meta.label: _last(model) for model in _models()}}


def _models() -> list[Any]:
    from django.apps import apps

    from llm_modes.asking.rows import Asking
    from llm_modes.models import LLMCall, StartedCall
    from study.models import StudySession

    return [*(model for model in apps.get_models() if issubclass(model, Asking)), StudySession, LLMCall, StartedCall]


def _last(model: Any) -> int:
    return model._base_manager.order_by("-pk").values_list("pk", flat=True).first() or 0


def read(before: dict[str, Any], seconds: float) -> dict[str, Any]:
    """What is new since `before`, once nothing waits any more, or after so many seconds (see checking.Stored)."""
    began = time.monotonic()
    while (waiting := _waiting(before)) and time.monotonic() < began + seconds:
        time.sleep(LOOK_EVERY)
    return {"waiting": waiting, "drained": time.monotonic() - began, **_rows(before)}


def _new(model: Any, before: dict[str, Any]) -> Any:
    return model._base_manager.filter(pk__gt=before["last"].get(model._meta.label, 0))


def _waiting(before: dict[str, Any]) -> list[str]:
    """What is asked about, or should be, and the tasks of the worker, but for those that it repeats for ever.

    What was being asked by a process that died is offered to its candidate again, and waits for nobody else; where the
    worker asks, it has to come back to that by itself.
    """
    from django_q.models import OrmQ

    from llm_modes.asking.rows import Asking, TriedAgain
    from llm_modes.models import StartedCall

    rows = [model for model in _models() if issubclass(model, Asking)]
    found = [
        f"{row} is {row.ask_state}"
        for model in rows
        for row in _new(model, before).filter(ask_state__in=("pending", "asking"))
        if row.is_waiting or isinstance(row, TriedAgain)
    ]
    found += [f"{call._meta.label} {call.pk} has a place" for call in _new(StartedCall, before).filter(ended_at=None)]
    asking = {getattr(model, "TASK", "") for model in rows}
    return found + [f"{task.func()} is queued" for task in OrmQ.objects.all() if task.func() in asking]


def _rows(before: dict[str, Any]) -> dict[str, Any]:
    from collections import Counter

    from llm_modes.models import LLMCall
    from plans.models import ChatMessage
    from study.models import QuestionAttempt, StudySession

    attempts = _new(QuestionAttempt, before).exclude(submitted_at=None).select_related("user")
    sessions = _new(StudySession, before).select_related("user", "reconciliation")
    messages = _new(ChatMessage, before).select_related("user")
    return {
        "attempts": [
            {"pk": row.pk, "who": row.user.username, "text": row.raw_answer, "score": row.score_rating}
            for row in attempts
        ],
        "sessions": [
            {
                "pk": row.pk,
                "who": row.user.username,
                "ended": row.end_time is not None,
                "summary": hasattr(row, "reconciliation"),
            }
            for row in sessions
        ],
        "messages": [
            {"pk": row.pk, "who": row.user.username, "author": row.author, "text": row.text} for row in messages
        ],
        "calls": dict(Counter(_new(LLMCall, before).values_list("outcome", flat=True))),
    }


def main() -> None:
    """Print JSON."""
    django.setup()
    command, told = sys.argv[1:3]
    found = choose(int(told)) if command == "choose" else read(json.loads(told), float(sys.argv[3]))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
