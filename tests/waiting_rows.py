"""Whatever waits for the coach: a row of each kind, its page, and the address that asks."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from llm_modes.asking.rows import Asking, AskState
from llm_modes.read_context.example import EXAMPLE
from plans.context_reading import save_texts
from plans.models import PlanTopic
from tests.factories import (
    make_attempt,
    make_debrief,
    make_message,
    make_paste,
    make_progress,
    make_proposal,
    make_question,
    make_reading,
    make_review,
    make_round,
    make_session,
    make_story,
    plan_data,
)
from tests.fake_llm import a_chat_reply, a_debrief, a_mark, a_plan, a_plan_change, a_question, a_story, example_reply


@dataclass
class Case:
    """A row, its page, the address that asks, what the model replies, and the address that streams the reply."""

    row: Asking
    page: str
    ask: str
    reply: Any
    live: str = ""

    @property
    def stop(self) -> str:
        """The address that stops the asking."""
        return f"{self.ask}stop/"


def an_answer(candidate) -> Case:
    row = make_attempt(candidate, state="failed")
    page, live = (reverse(name, args=[row.pk]) for name in ("study:attempt_detail", "study:attempt_live"))
    return Case(row, page, reverse("study:attempt_feedback", args=[row.pk]), a_mark(), live)


def an_answer_of_a_session_that_is_over(candidate) -> Case:
    row = make_attempt(candidate, state="failed", session=make_session(candidate, ended=True))
    page = reverse("study:attempt_detail", args=[row.pk])
    return Case(row, page, reverse("study:attempt_feedback", args=[row.pk]), a_mark())


def questions(candidate) -> Case:
    session = make_session(candidate)
    row = make_round(session, questions=[], ask_state=AskState.FAILED)
    reply = {"questions": [a_question(f"What is {thing}?") for thing in ("a lock", "a cache", "a queue", "a log")]}
    page = reverse("study:session_detail", args=[session.pk])
    return Case(row, page, reverse("study:session_suggestion", args=[session.pk]), reply)


def pasted_questions(candidate) -> Case:
    row = make_paste(candidate, ask_state=AskState.FAILED)
    page, ask = (reverse(f"study:{name}", args=[row.pk]) for name in ("pasted_questions", "pasted_topics"))
    return Case(row, page, ask, example_reply("assign_topics"))


def a_story_structure(candidate) -> Case:
    question = make_question(candidate)
    row = make_story(candidate, question=question, text="", version=0, notes="We had a queue.")
    page = reverse("study:question_story", args=[question.pk])
    return Case(row, page, reverse("study:story_structure", args=[question.pk]), a_story())


def a_first_plan(candidate) -> Case:
    PlanTopic.objects.filter(user=candidate).delete()
    candidate.proposals.all().delete()
    row = make_proposal(candidate, status="waiting", topics=[], overview={})
    page = reverse("plans:proposal_detail", args=[row.pk])
    return Case(row, page, reverse("plans:proposal_suggestion", args=[row.pk]), a_plan())


def a_plan_in_the_chat(candidate) -> Case:
    case = a_first_plan(candidate)
    make_message(candidate, "Here is your plan.", author="coach", proposal=case.row)
    return Case(case.row, reverse("plans:chat"), case.ask, case.reply)


def a_change_of_the_plan(candidate) -> Case:
    row = make_proposal(
        candidate, status="waiting", topics=[], overview={}, base_version=1, base_topics=plan_data(), feedback=["More."]
    )
    page = reverse("plans:proposal_detail", args=[row.pk])
    return Case(row, page, reverse("plans:proposal_suggestion", args=[row.pk]), a_plan_change())


def a_review(candidate) -> Case:
    make_progress(candidate.plan_topics.first())  # without practice there is nothing to ask about
    row = make_review(candidate)
    return Case(row, reverse("plans:review"), reverse("plans:review_answer"), a_plan_change())


def a_message(candidate) -> Case:
    row = make_message(candidate, ask_state=AskState.FAILED)
    live = reverse("plans:chat_live", args=[row.pk])
    return Case(row, reverse("plans:chat"), reverse("plans:chat_reply"), a_chat_reply(), live)


def a_reading(candidate) -> Case:
    save_texts(candidate, text=EXAMPLE.inputs.experience, job_advert=EXAMPLE.inputs.job_advert)
    row = make_reading(candidate, found={}, ask_state=AskState.FAILED)
    return Case(row, reverse("context"), reverse("plans:context_reading_answer"), EXAMPLE.reply)


def what_was_told_of_an_interview(candidate) -> Case:
    row = make_debrief(candidate, state="failed")
    page = reverse("study:debrief_detail", args=[row.pk])
    return Case(row, page, reverse("study:debrief_reading", args=[row.pk]), a_debrief())


CASES = [
    a_reading,
    an_answer,
    an_answer_of_a_session_that_is_over,
    questions,
    pasted_questions,
    a_story_structure,
    a_first_plan,
    a_plan_in_the_chat,
    a_change_of_the_plan,
    a_review,
    a_message,
    what_was_told_of_an_interview,
]
