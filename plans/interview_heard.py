"""What the coach has understood of the interview in the chat. The coach gives words, and code the day."""

from coach.candidate_text import isolated
from coach.models import User
from coach.time_zone import local_day
from llm_modes.language.folding import folded
from llm_modes.plan_chat.schema import KnownNow, PlanChatInputs
from plans.interview import day_meant, how_far, in_words, why_not
from plans.journey import brief_of, brief_to_change
from plans.models import ChatMessage

NOTED = "Your interview is on {day}: {how_far}. If that is not right, say so, or correct it under “What I understood”."
WHICH_DAY = (
    "On which day is your interview? I cannot tell from “{said}”. Name the date here, or choose it under “What I "
    "understood”, “Correct this”."
)


def take_in(message: ChatMessage, known: KnownNow, *, told: PlanChatInputs) -> str:
    """Store what a reply has understood of the interview; what the candidate is told of its day, "" if nothing is new.

    As with all that is understood, only what differs from what the coach was told is stored, and nothing is erased;
    nor is what the candidate has set by hand since.
    """
    before, news, now = told.interview, dict[str, object](), brief_of(message.user)
    if known.interview_format and known.interview_format != before.format == now.interview_format:
        news["interview_format"] = known.interview_format
    if known.language and known.language != told.language == now.language:
        news["language"] = known.language
    said = ""
    if (
        now.interview_on == before.day
        and known.interview_when
        and not _was_answered_before(known.interview_when, "candidate", told)
    ):
        day, said = _day_of(message, known.interview_when, told)
        if day:
            news["interview_on"] = day
    if news:
        _store(message.user, news)
    return said


def _day_of(message: ChatMessage, words: str, told: PlanChatInputs) -> tuple[object, str]:
    """The day to store, None for none; and what is said of it. Words mean what they meant when they were sent."""
    today = local_day(message.user, message.created_at)
    day = day_meant(message.user, words, today)
    if day and day == told.interview.day:
        return None, ""
    if day and not told.interview.day and _was_answered_before(in_words(day), "coach", told):
        # It was noted, and taken out by hand since.
        return None, ""
    if day and not (wrong := why_not(day, today)):
        return day, NOTED.format(day=in_words(day), how_far=how_far(day, local_day(message.user)))
    question = wrong if day else WHICH_DAY.format(said=isolated(words))
    last = next((line.text for line in reversed(told.messages) if line.author == "coach"), "")
    return None, "" if question in last else question


def _was_answered_before(words: str, author: str, told: PlanChatInputs) -> bool:
    """Whether this author said the words up to the coach's last line, and the candidate has not said them since.

    Of the candidate: "in nine days" is another day by now.
    """
    authors = [line.author for line in told.messages]
    begin = len(authors) - authors[::-1].index("coach") if "coach" in authors else 0
    said, new = folded(words), [folded(line.text) for line in told.messages[begin:]]
    earlier = [folded(line.text) for line in told.messages[:begin] if line.author == author]
    return any(said in text for text in earlier) and not any(said in text for text in new)


def _store(user: User, news: dict[str, object]) -> None:
    brief = brief_to_change(user)
    for field, value in news.items():
        setattr(brief, field, value)
    brief.save(update_fields=list(news))
