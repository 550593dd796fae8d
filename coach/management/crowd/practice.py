"""Stores what a made-up candidate practised: sessions, questions, answers, summaries, and what follows from them."""

from collections import Counter
from datetime import datetime, timedelta

from coach.management.crowd.days import MINUTES, Given, Life, Sitting, demo_history
from coach.models import User
from llm_modes.asking.rows import AskState
from plans import progress
from plans.models import PlanTopic, PracticeDay, TopicProgress
from plans.turns import BY_TURNS
from study import history, resting, strength
from study.models import (
    Question,
    QuestionAttempt,
    QuestionPaste,
    QuestionRound,
    Reconciliation,
    Story,
    StudySession,
    SuggestedQuestion,
)
from study.pasted_lines import PastedLine
from study.review_schedule import schedule_next

MODEL = "demo"
DIGEST = "0" * 16
# One question in so many that were asked has a story, and one sitting in so many found nothing new to say.
STORY_EVERY = 22


def practise(user: User, topics: list[PlanTopic], life: Life) -> None:
    """Store all of it. `topics`: the plan's, in the order of `life.topics`."""
    questions = _questions(user, topics, life)
    sessions = _sessions(user, topics, life)
    _suggest(life, sessions, questions)
    attempts = _attempts(user, life, sessions, questions)
    _schedule(life, questions)
    _sum_up(life, sessions, questions, attempts)
    _stories(user, life, questions)
    _pasted(user, questions[0])
    _count(topics, life)


def _questions(user: User, topics: list[PlanTopic], life: Life) -> list[Question]:
    return Question.objects.bulk_create(
        Question(
            user=user,
            topic=topics[asked.topic],
            text=asked.text,
            answer_anchors=life.given[asked.answers[-1]].told["anchors"] if asked.answers else [],
            difficulty=asked.of.level,
            kind=asked.of.kind,
            looks_for=list(asked.of.looks_for),
            created_at=asked.first_at,
        )
        for asked in life.asked
    )


def _sessions(user: User, topics: list[PlanTopic], life: Life) -> list[StudySession]:
    return StudySession.objects.bulk_create(
        StudySession(
            user=user,
            topic=topics[sitting.topic],
            suggested_topic=topics[sitting.suggested],
            planned_duration=MINUTES,
            start_time=sitting.at,
            last_interaction_time=_end(sitting),
            end_time=_end(sitting),
            ended_by=StudySession.EndedBy.CANDIDATE,
        )
        for sitting in life.sittings
    )


def _end(sitting: Sitting) -> datetime:
    return sitting.at + timedelta(minutes=MINUTES)


def _suggest(life: Life, sessions: list[StudySession], questions: list[Question]) -> None:
    """A round for each session, with what was answered and the one that was left."""
    rounds = QuestionRound.objects.bulk_create(
        QuestionRound(session=session, ask_state=AskState.DONE, ask_attempt=1, created_at=session.start_time)
        for session in sessions
    )
    before: dict[int, int] = {}  # the last mark of each question
    rows = []
    for suggested, sitting in zip(rounds, life.sittings, strict=True):
        given = [life.given[place] for place in sitting.given]
        offered = [one.question for one in given] + ([] if sitting.left is None else [sitting.left])
        rows += [
            SuggestedQuestion(
                round=suggested,
                question=questions[place],
                position=position,
                status="redo" if place in before else "new",
                redo_reason=("weak_answer" if before[place] < 6 else "high_value") if place in before else "",
                last_score=before.get(place),
                choice=SuggestedQuestion.Choice.OFFERED if place == sitting.left else SuggestedQuestion.Choice.CHOSEN,
            )
            for position, place in enumerate(offered)
        ]
        before |= {one.question: one.score for one in given}
    SuggestedQuestion.objects.bulk_create(rows, batch_size=2000)


def _attempts(user: User, life: Life, sessions: list[StudySession], questions: list[Question]) -> list[QuestionAttempt]:
    return QuestionAttempt.objects.bulk_create(
        (
            QuestionAttempt(
                user=user,
                session=sessions[given.sitting],
                question=questions[given.question],
                raw_answer=given.told["answer"].strip(),
                draft_version=3,
                started_at=given.at,
                submitted_at=_submitted(given),
                seconds_taken=given.told["seconds"] % 300,
                score_rating=given.score,
                feedback={
                    "positive_feedback": given.told["positive"],
                    "improvement_areas": given.told["improve"],
                    "quotes": given.told["quotes"],
                },
                anchors=given.told["anchors"],
                shown=[place < given.score // 3 for place in range(len(life.asked[given.question].of.looks_for))],
                marked_at=_submitted(given) + timedelta(seconds=8),
                model=MODEL,
                prompt_digest=DIGEST,
                ask_state=AskState.DONE,
                ask_attempt=1,
                asked_at=_submitted(given),
            )
            for given in life.given
        ),
        batch_size=1000,
    )


def _submitted(given: Given) -> datetime:
    return given.at + timedelta(seconds=given.told["seconds"] % 300)


def _schedule(life: Life, questions: list[Question]) -> None:
    """When each question is due again, after all its marks; and which of them rest."""
    for asked, question in zip(life.asked, questions, strict=True):
        for place in asked.answers:
            schedule_next(question, score=life.given[place].score, at=_submitted(life.given[place]))
        low = [place for place in asked.answers if life.given[place].score <= resting.LOW]
        if len(low) >= resting.FAILURES:
            resting.note_mark(question, at=_submitted(life.given[asked.answers[-1]]))
    Question.objects.bulk_update(questions, ["review_card", "due_at", "rests_until"], batch_size=500)


def _sum_up(
    life: Life, sessions: list[StudySession], questions: list[Question], attempts: list[QuestionAttempt]
) -> None:
    Reconciliation.objects.bulk_create(
        (
            Reconciliation(
                session=session,
                ask_state=AskState.DONE,
                ask_attempt=1,
                created_at=_end(sitting),
                asked_at=_end(sitting),
                done_at=_end(sitting) + timedelta(seconds=20),
                note=sitting.told["note"],
                next_focus=sitting.told["focus"],
                summary=[
                    {
                        "question": life.asked[life.given[place].question].text,
                        "attempts": 1,
                        "best_score": life.given[place].score,
                        "best_anchors": life.given[place].told["anchors"],
                    }
                    for place in sitting.given
                ],
            )
            for session, sitting in zip(sessions, life.sittings, strict=True)
        ),
        batch_size=500,
    )


def _stories(user: User, life: Life, questions: list[Question]) -> None:
    told = demo_history()["stories"]
    answered = [place for place, asked in enumerate(life.asked) if asked.answers]
    Story.objects.bulk_create(
        Story(
            user=user,
            question=questions[place],
            notes="The numbers are in my yearly reports.",
            text=told[number % len(told)]["text"].strip(),
            gaps=["Say what it cost to do nothing."],
            version=2,
            asked_version=1,
            ask_state=AskState.DONE,
            ask_attempt=1,
        )
        for number, place in enumerate(answered[::STORY_EVERY])
    )


def _pasted(user: User, near: Question) -> None:
    """A list of the candidate's own questions that was decided on long ago."""
    lines = [PastedLine(question="Why do you want to work here?"), PastedLine(question="What is a deadlock?")]
    QuestionPaste.objects.create(
        user=user,
        lines=lines,
        created_at=near.created_at,
        decided_at=near.created_at,
        ask_state=AskState.DONE,
        ask_attempt=1,
    )


def _count(topics: list[PlanTopic], life: Life) -> None:
    """The numbers of each topic, by the code that counts them when somebody practises."""
    for place, topic in enumerate(topics):
        own = [sitting for sitting in life.sittings if sitting.topic == place]
        turns = {name: getattr(life.places[place], name) for name in (*BY_TURNS, "unpractised")}
        TopicProgress.objects.create(
            topic=topic,
            sessions=len(own),
            total_time_spent=60 * MINUTES * len(own),
            last_practised_at=_end(own[-1]) if own else None,
            **turns,
        )
        days = Counter(_end(sitting).date() for sitting in own)
        PracticeDay.objects.bulk_create(
            PracticeDay(topic=topic, local_day=day, sessions=times, seconds=60 * MINUTES * times)
            for day, times in days.items()
        )
        strength.recompute(topic)
        if own:
            progress.write_note(topic, own[-1].told["note"], based_on=0)
            progress.set_next_focus(topic, own[-1].told["focus"])
            history.put_old_away(topic)
