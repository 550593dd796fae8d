"""What a session tries when its topic is stuck. It is chosen when the session begins, and its pages tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from django.contrib.humanize.templatetags.humanize import apnumber
from django.db.models import QuerySet

from coach.candidate_text import isolated
from llm_modes.asking.rows import AskState
from llm_modes.generate_questions.approaches import (
    APPROACHES,
    BEFORE,
    COMPLETE,
    LAST_RUNG,
    STORY,
    Approach,
    choose,
    lacking_crafts,
)
from llm_modes.generate_questions.difficulties import STEPS
from llm_modes.generate_questions.schema import MIN_QUESTIONS
from plans.models import PlanProposal, PlanTopic
from plans.progress import progress_seen
from plans.rungs import GAIN, GOOD, NONE_ABOVE
from plans.session_marks import SessionMarks, own_sessions
from study import strength
from study.general_questions import is_general
from study.models import Question, QuestionAttempt, QuestionRound, StudySession, SuggestedQuestion

# A way that one of the topic's last so many sessions has tried does not come again.
LATELY = 200
# The last so many answers, whose feedback shows what is lacking.
REMARKS_OF = 10


@dataclass(frozen=True)
class Tried:
    """What a session tries, for its page: why, what, and on the last rung what else the candidate can do."""

    approach: Approach
    because: str
    said: str
    human: str = ""
    proposal: PlanProposal | None = None

    @property
    def is_story_first(self) -> bool:
        """Whether the story comes before the answer."""
        return self.approach.name == STORY


def at_start(topic: PlanTopic) -> dict[str, Any]:
    """The rung and the approach of a session that begins now, as fields of StudySession."""
    rung = progress_seen(topic).rung
    chosen = _choice(topic, rung, _before(topic)) if rung else None
    return {"rung": rung, "approach": chosen.name if chosen else ""}


def is_followed_in(question_round: QuestionRound) -> bool:
    """Whether these questions follow the session's approach. They do not when the candidate wants harder ones."""
    return bool(question_round.session.rung) and question_round.wish != QuestionRound.Wish.HARDER


def arranged(session: StudySession, suggestions: list[SuggestedQuestion]) -> list[SuggestedQuestion]:
    """The suggestions for a session on the ladder: first those to be completed, then the easiest; due hard ones wait.

    Only the coach says which questions are easy. A reply without easy ones is taken too: asking again would take time,
    and teach the coach to give other labels. When less than half are easy, there are no easy questions to begin with,
    so the session takes the next approach.
    """
    easier = [one for one in suggestions if one.is_new or one.question.difficulty != "hard"]
    hard = [one for one in suggestions if one not in easier]
    easy = [one for one in suggestions if one.question.difficulty == "easy"]
    topic, role = session.topic, session.user.current_role
    # A general question is in place of one of the topic's own, and does not lead to one.
    easy = [one for one in easy if not is_general(one.question.text, topic.called, role)]
    if session.approach == BEFORE and 2 * len(easy) < len(suggestions):
        other = _choice(session.topic, session.rung, [BEFORE, *_before(session.topic, session)])
        session.approach = other.name if other else ""
        session.save(update_fields=["approach"])
    completing = session.approach == COMPLETE
    # A question of another topic comes last: this approach is not for it.
    return sorted(
        suggestions if completing else [*easier, *hard[: max(0, MIN_QUESTIONS - len(easier))]],
        key=lambda one: (
            one.question.topic_id != topic.pk,
            completing and one.is_new,
            STEPS.index(one.question.difficulty),
        ),
    )


def tried_in(session: StudySession) -> Tried | None:
    """What the session's page says of its approach; None without one."""
    approach = APPROACHES.get(session.approach)
    if approach is None:
        return None
    said = approach.said
    if approach.name == BEFORE and (failed := _failed(session)):
        said = f"{said} They lead to “{isolated(failed.text)}”"
    elif session.rung == LAST_RUNG - 1:
        first = _choice(session.topic, session.rung, _before(session.topic, session))
        if first and first.name == BEFORE:
            said = f"No easy question is left that comes before those you answered, so we take the next way. {said}"
    if session.rung < LAST_RUNG:
        return Tried(approach, _because(session), said)
    return Tried(approach, _because(session), said, human=_human(session), proposal=_proposal_about(session.topic))


def went_back(session: StudySession) -> str:
    """A sentence for the topic's first session after its ladder went a rung back; else ""."""
    last = StudySession.objects.filter(topic=session.topic, pk__lt=session.pk)
    before = last.order_by("-pk").values_list("rung", flat=True).first()
    if before is None or before <= session.rung:
        return ""
    means = _means(session)[:2]
    if len(means) < 2 or min(means) < GOOD:
        # It went back for another reason, a voided question for example.
        return ""
    way = "one step back towards the usual way" if session.rung else "back to the usual way"
    topic = isolated(session.topic.called)
    return f"The last two sessions in {topic} went better, {fmean(means):.1f} of 10 on average: {way}."


def _choice(topic: PlanTopic, rung: int, tried: Sequence[str]) -> Approach | None:
    return choose(rung, tried=tried, lacking=lacking_in(topic))


def _before(topic: PlanTopic, session: StudySession | None = None) -> list[str]:
    """What the topic's sessions before this one (None: all) have tried, the latest first, in the order of their ids."""
    sessions = StudySession.objects.filter(topic=topic)
    if session is not None:
        sessions = sessions.filter(pk__lt=session.pk)
    return [name for name in sessions.order_by("-pk").values_list("approach", flat=True)[:LATELY] if name]


def lacking_in(topic: PlanTopic) -> list[str]:
    """The crafts that the feedback on the topic's last answers asks for, the most frequent first."""
    marked = marked_in(topic)[:REMARKS_OF]
    return lacking_crafts(area for one in marked for area in one.feedback.get("improvement_areas", []))


def marked_in(topic: PlanTopic) -> QuerySet[QuestionAttempt]:
    """The topic's answers whose marks count, those of the latest session first."""
    counted = QuestionAttempt.objects.filter(question__topic=topic, question__voided_at=None, ask_state=AskState.DONE)
    return counted.order_by("-session_id", "-pk")


def _failed(session: StudySession) -> Question | None:
    """The question with the lowest mark among the last answers before the session."""
    marked = list(marked_in(session.topic).filter(session__lt=session.pk).select_related("question")[:REMARKS_OF])
    worst = min(marked, key=lambda one: one.score_rating or 0, default=None)
    return worst.question if worst and worst.question.text else None


def _own_sessions(session: StudySession) -> list[SessionMarks]:
    """The topic's sessions with marks before this one, the oldest first, as its ladder counts them."""
    return own_sessions(strength.marks_of(session.topic, before=session))


def _means(session: StudySession) -> list[float]:
    """The mean marks of those sessions, the latest first."""
    return [one.mean for one in reversed(_own_sessions(session))]


def _because(session: StudySession) -> str:
    """Why the session tries this, with numbers: the marks do not move, they begin to rise, or the way still helps."""
    means, topic = _means(session), isolated(session.topic.called)
    if len(means) < 3:
        return f"We try it another way, because the answers in {topic} do not come easier by more of the same."
    lately, before = fmean(means[:3]), fmean(means[3:6] or means[2:3])
    averaged = f"the last three sessions in {topic} averaged {lately:.1f}"
    if lately - before >= GAIN:
        return f"It begins to move: {averaged} of 10, after {before:.1f}. We go on in another way than usual."
    if lately > NONE_ABOVE:
        return f"We go on in another way than usual while it helps: {averaged} of 10."
    return f"We try it another way, because {averaged} of 10 and did not move. {_last_time(session)}".rstrip()


def _last_time(session: StudySession) -> str:
    """What the session before tried, and its mean mark; "" if it tried nothing."""
    sessions = _own_sessions(session)
    if not sessions:
        return ""
    last = sessions[-1]
    tried = APPROACHES.get(StudySession.objects.values_list("approach", flat=True).get(pk=last.session_id))
    return f"Last time it was “{tried.title}”, with {last.mean:.1f}." if tried else ""


def _proposal_about(topic: PlanTopic) -> PlanProposal | None:
    """The review's open proposal, if it would change this topic."""
    proposals = topic.user.proposals.filter(status=PlanProposal.Status.OPEN, source=PlanProposal.Source.REVIEW)
    return next((one for one in proposals if topic.name in [change.topic for change in one.changes]), None)


def _human(session: StudySession) -> str:
    ways = len(set(_before(session.topic, session)))
    tried = f"We have tried {apnumber(ways)} ways by now. " if ways > 1 else ""
    return (
        f"{tried}It may simply be too much at once, and that is no judgement of you. Some days with less of it, or "
        "with another topic, often help more than another push."
    )
