"""Why a question is suggested, in words. Every reason rests on stored rows."""

from coach.candidate_text import isolated
from coach.time_zone import local_day, zone_of
from llm_modes.evaluate_answer.craft import craft_in
from llm_modes.generate_questions.difficulties import Difficulty
from llm_modes.language.folding import folded
from llm_modes.read_context.preparation import Preparation
from plans.countdown import Countdown
from plans.models import PlanTopic
from plans.progress import progress_seen
from study import asked_for_real, drills, resting
from study.general_questions import is_general
from study.models import Question, QuestionRound, SuggestedQuestion
from study.review_schedule import due_before

_WISHED = {
    QuestionRound.Wish.EASIER: "New, and easier, as you asked.",
    QuestionRound.Wish.HARDER: "New, and harder, as you asked.",
    QuestionRound.Wish.OTHERS: "New, another one, as you asked.",
}

# By wish: the difficulty that cannot meet it. A question of it comes if no other is left, but does not claim to fit.
_FAR_FROM: dict[str, Difficulty] = {QuestionRound.Wish.EASIER.value: "hard", QuestionRound.Wish.HARDER.value: "easy"}


def why(suggestion: SuggestedQuestion) -> str:
    """Why this question, in one to three sentences for the candidate."""
    if suggestion.is_new:
        return _why_new(suggestion)
    if suggestion.drill:
        return f"You know it ({suggestion.last_score} of 10). {drills.instruction(suggestion.drill)}"
    topic, is_due = suggestion.question.topic, _is_due(suggestion)
    where = ""
    if topic != suggestion.round.session.topic:
        change = ", due again: a change of topic helps it stick" if is_due else ""
        where = f"From {isolated(topic.called)}{change}. "
    if asked_for_real.is_unmarked(suggestion.question):
        return f"{where}{asked_for_real.said(suggestion.question)}."
    if suggestion.last_score is None:
        return where + _why_unanswered(suggestion.question)
    if rests := resting.said(suggestion.question):  # a late mark put it to rest when it was already on the list
        return where + rests
    if suggestion.question.rests_until:
        return f"{where}It has rested, and comes back once ({suggestion.last_score} of 10)."
    if not is_due and _countdown(suggestion).is_for_rehearsal:
        return f"{where}You know it ({suggestion.last_score} of 10). Once more before your interview."
    if not is_due:
        return f"{where}It is a good while since you answered it ({suggestion.last_score} of 10)."
    reason = suggestion.get_redo_reason_display()
    return f"{where}{reason[:1].upper()}{reason[1:]} ({suggestion.last_score} of 10)."


def trains(question: Question, prepared: Preparation) -> str:
    """The competency that the question trains, if it still is among those that the candidate confirmed; else ""."""
    wanted = folded(question.serves)
    return next((one.name for one in prepared.competencies if wanted and folded(one.name) == wanted), "")


def nothing_new(suggestions: list[SuggestedQuestion]) -> str:
    """What the coach says above a list of one or more questions without a new one."""
    said = f"There is nothing new left in this topic for now. These are {_questions_of(suggestions)}"
    of_drills = [bool(suggestion.drill) for suggestion in suggestions]
    if all(of_drills):
        return f"{said}, in another way."
    return f"{said}, some of them in another way." if any(of_drills) else f"{said}."


def rehearsal(suggestions: list[SuggestedQuestion]) -> str:
    """What the coach says above a list for the last days before the interview; "" above another list."""
    if not suggestions:
        return ""
    chosen = _countdown(suggestions[0])
    now = Countdown.to(suggestions[0].round.session.user, chosen.interview_on)
    # The list may have been made a day before it is looked at.
    if not (chosen.is_for_rehearsal and now.is_for_rehearsal):
        return ""
    said = f"Rehearsal: your interview is {now.when}."
    if all(suggestion.is_new for suggestion in suggestions):
        return f"{said} You have practised nothing here yet, so these are new."
    if any(suggestion.is_new for suggestion in suggestions):
        return f"{said} You know too few questions here to fill a list, so some new ones come with them."
    return f"{said} These are {_questions_of(suggestions)}, those first that you need most."


def _questions_of(suggestions: list[SuggestedQuestion]) -> str:
    """What these are that are not new. One of the candidate's own may wait for its first answer."""
    answered = {suggestion.last_score is not None for suggestion in suggestions}
    if answered == {False}:
        return "questions that have no answer yet"
    return "questions that you know, or that have no answer yet" if False in answered else "questions that you know"


def _countdown(suggestion: SuggestedQuestion) -> Countdown:
    """The interview as it was seen when the questions were chosen. Makes no query: a page asks it of each of them."""
    question_round, user = suggestion.round, suggestion.round.session.user
    return Countdown(local_day(user, question_round.created_at), question_round.interview_on, zone_of(user))


def _is_due(suggestion: SuggestedQuestion) -> bool:
    """Whether it was suggested because it is due or was answered weakly. If not, there was nothing newer."""
    question = suggestion.question
    too_early = (
        question.due_at is not None and due_before(_countdown(suggestion), question) > suggestion.round.created_at
    )
    return not (too_early and suggestion.redo_reason == "high_value")


def _why_unanswered(question: Question) -> str:
    if question.skips:
        return "You skipped it before; perhaps it suits you now."
    if question.origin == Question.Origin.CANDIDATE:
        return "You brought it, and it has no answer yet."
    return "It was offered before, and has no answer yet."


def _why_new(suggestion: SuggestedQuestion) -> str:
    topic = suggestion.round.session.topic
    text, role = suggestion.question.text, suggestion.round.session.user.current_role
    if is_general(text, topic.called, role):
        return f"New, and a general one: the question bank has no other for {isolated(topic.called)}."
    wished = _WISHED.get(suggestion.round.wish)  # type: ignore[call-overload]
    if wished and suggestion.question.difficulty != _FAR_FROM.get(suggestion.round.wish):
        return wished
    if practised := _practised(topic):
        return f"New, for what you practise next: {practised.rstrip('.')}."
    return f"New, and fits {isolated(topic.called)}."


def _practised(topic: PlanTopic) -> str:
    """What the topic's focus is about, without the question that the focus quotes; "" without a focus."""
    focuses = progress_seen(topic).next_focus
    focus = focuses[0]["focus"] if focuses else ""
    if "“" not in focus:
        return focus
    craft = craft_in(focus)
    return craft.focus if craft else ""
