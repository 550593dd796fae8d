"""Why a question is suggested, in words that rest on rows."""

from coach.candidate_text import isolated
from plans.progress import progress_seen
from study.models import QuestionRound, SuggestedQuestion

_WISHED = {
    QuestionRound.Wish.EASIER: "New, and easier, as you asked.",
    QuestionRound.Wish.HARDER: "New, and harder, as you asked.",
    QuestionRound.Wish.OTHERS: "New, another one, as you asked.",
}


def why(suggestion: SuggestedQuestion) -> str:
    """One or two sentences for the candidate."""
    session = suggestion.round.session
    topic = suggestion.question.topic
    elsewhere = (
        f"From {isolated(topic.called)}, due again: a change of topic helps it stick. "
        if topic != session.topic
        else ""
    )
    if suggestion.status == SuggestedQuestion.Status.NEW:
        return _why_new(suggestion)
    if suggestion.last_score is None:
        return elsewhere + "You skipped it before; perhaps it suits you now."
    reason = suggestion.get_redo_reason_display()
    return f"{elsewhere}{reason[:1].upper()}{reason[1:]} ({suggestion.last_score} of 10)."


def _why_new(suggestion: SuggestedQuestion) -> str:
    wished = _WISHED.get(suggestion.round.wish)  # type: ignore[call-overload]
    if wished:
        return wished
    topic = suggestion.round.session.topic
    if focus := progress_seen(topic).next_focus:
        return f"New, for what you practise next: {focus[0]['focus']}."
    return f"New, and fits {isolated(topic.called)}."
