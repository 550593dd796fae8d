"""One turn of the plan chat: the candidate's words are saved, the coach answers, and code decides what follows."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from coach.candidate_text import isolated
from coach.caps import CapReached
from coach.models import User
from llm_modes.asking.once import ask_and_apply
from llm_modes.asking.rows import AskState
from llm_modes.language.words import count_words
from llm_modes.offline.fields import FIELDS, SAYINGS, chosen_in
from llm_modes.plan_chat.schema import MODE as PLAN_CHAT
from llm_modes.plan_chat.schema import MOST_MESSAGES, ChatLine, Known, PlanChatInputs
from llm_modes.stages import ACTIONS
from plans import caps, interview_heard
from plans.journey import (
    all_known,
    brief_of,
    brief_to_change,
    context_of,
    has_plan_to_change,
    interview_of,
    known_of,
    open_proposals,
    stage_of,
)
from plans.models import ChatMessage, PlanProposal
from plans.plan_in_force import lock, topics_in_force
from plans.proposals.asking import request
from plans.proposals.beside_the_plan import beside_the_plan

# A few words ("yes, please") mean nothing without the question.
SHORT_ANSWER_WORDS = 6
# What the coach answers to a button. No LLM is asked.
PLAN_TO_COME = "I will write your plan from what I know of you. You decide on it."
PROPOSAL_TO_COME = "I will see what that makes of your plan. You decide on it."


class StillAnswering(Exception):
    """The coach is answering the message before this one. Nothing was saved."""


def greeting(user: User) -> str:
    """What the coach says first: fixed words and the first question. No LLM is asked.

    It is shown until the candidate says something, and is stored then.
    """
    known = known_of(user, brief_of(user))
    begin = (
        "Let us agree on a plan for your interview practice. I need four things: the role, your time a day, where you "
        "feel weak, and how motivated you are. Tell me all at once or one by one. If you know when the interview is, "
        "tell me that, too."
    )
    questions = {
        "role": "Which role are you applying for?",
        "daily_minutes": "How many minutes a day can you practise?",
        "weaknesses": "Where do you feel weak when you think of the interview?",
        "motivation": "How motivated are you just now: low, medium or high?",
    }
    if settings.OFFLINE_COACH:
        begin, questions = SAYINGS["greeting"], SAYINGS["asks"]
    missing = [questions[field] for field in FIELDS if not getattr(known, field)]
    first = missing[0] if missing else "What would you like to work on?"
    return f"Hello {isolated(user.get_short_name())}. {begin}\n\n{first}"


def say(user: User, text: str, chosen: Known | None = None) -> ChatMessage:
    """Save the candidate's message, which then waits for the coach's answer. Raises StillAnswering, CapReached.

    With what it says, where it was `chosen` in a field: both are saved, or neither.
    An earlier message without an answer (it failed, or was never asked) waits no longer: the next answer reads both.
    The same message once more is a second click, and is not saved again.
    """
    caps.require_message(user)
    waiting = ChatMessage.objects.filter(user=user, author=ChatMessage.Author.CANDIDATE)
    try:
        with transaction.atomic():
            for earlier in waiting.exclude(ask_state__in=(AskState.NONE, AskState.DONE)).select_for_update():
                if earlier.text == text:
                    return _waiting_again(earlier)
                if earlier.is_being_asked:
                    raise StillAnswering
                earlier.ask_state = AskState.NONE
                earlier.save()
            _keep_greeting(user)
            if chosen:
                learn(user, chosen, told=Known())
            message = ChatMessage(user=user, author=ChatMessage.Author.CANDIDATE, text=text)
            message.mark_pending()
            message.save()
    except IntegrityError:
        # Another tab, or the first of two clicks, was a moment earlier.
        faster = unanswered(user)
        if faster is not None and faster.text == text:
            return faster
        raise StillAnswering from None
    return message


def _waiting_again(message: ChatMessage) -> ChatMessage:
    if message.failure:
        message.mark_pending()
        message.save()
    return message


def _keep_greeting(user: User) -> None:
    """Store what the coach said first, when the conversation goes on."""
    if not ChatMessage.objects.filter(user=user).exists():
        ChatMessage.objects.create(user=user, author=ChatMessage.Author.COACH, text=greeting(user))


def ask_for_proposal(user: User, wish: str = "", *, complete: bool = True) -> PlanProposal:
    """Save the wish for a plan, or for changes of one, from a button. The conversation shows it in its place.

    `complete`, and what it raises: see `proposals.asking.request`. A second click gets the proposal of the first one.
    """
    with transaction.atomic():
        lock(user)
        if (asked := _asked_just_now(user, wish)) is not None:
            return asked
        proposal = request(user, feedback=[*_not_taken_in(user), wish], complete=complete)
        _keep_greeting(user)
        if wish.strip():
            ChatMessage.objects.create(user=user, author=ChatMessage.Author.CANDIDATE, text=wish)
        said = PROPOSAL_TO_COME if wish.strip() else PLAN_TO_COME
        ChatMessage.objects.create(user=user, author=ChatMessage.Author.COACH, text=said, proposal=proposal)
    return proposal


def _asked_just_now(user: User, wish: str) -> PlanProposal | None:
    """The proposal that still waits for these words, if they were the last of the conversation."""
    lines = list(ChatMessage.objects.filter(user=user).select_related("proposal").order_by("-pk")[:2])
    proposal = lines[0].proposal if lines else None
    if proposal is None or not proposal.is_waiting or proposal.status != PlanProposal.Status.WAITING:
        return None
    same = lines[-1].text == wish if wish.strip() else lines[0].text == PLAN_TO_COME
    return proposal if same else None


def unanswered(user: User) -> ChatMessage | None:
    """The candidate's message without an answer: saved, being asked, or failed."""
    states = (AskState.PENDING, AskState.ASKING, AskState.FAILED)
    return ChatMessage.objects.filter(user=user, ask_state__in=states).order_by("-pk").first()


def answer(message: ChatMessage, on_progress: Callable[[dict[str, Any]], None] | None = None) -> ChatMessage:
    """Have the coach answer a message. Never raises LLMFailure: a failed one can be answered again."""
    return ask_and_apply(
        message,
        mode=PLAN_CHAT,
        candidate=message.user,
        stage=lambda row: stage_of(row.user),
        inputs=lambda row: chat_inputs(row.user),
        apply=_take_in,
        on_progress=on_progress,
    )


def chat_inputs(user: User) -> PlanChatInputs:
    """The inputs of PlanChat. They are limited, however long conversation and context are."""
    stage, brief, context = stage_of(user), brief_of(user), context_of(user)
    known = known_of(user, brief)
    proposal = open_proposals(user).first()
    return PlanChatInputs(
        language=brief.language,
        stage=stage.value,
        allowed_actions=list(ACTIONS[stage]),
        known=known,
        interview=interview_of(brief),
        has_context=bool(context),
        context="" if all_known(known) else context,
        plan=topics_in_force(user),
        proposal=beside_the_plan(proposal).topics if proposal else [],
        messages=_conversation(user),
    )


def _conversation(user: User) -> list[ChatLine]:
    """The last messages, in their order."""
    latest = ChatMessage.objects.filter(user=user).order_by("-pk")[:MOST_MESSAGES]
    return [ChatLine(author=message.author, text=message.text) for message in reversed(latest) if message.text]


# --- what becomes of the answer --------------------------------------------------------------------------------------


def _take_in(message: ChatMessage, answer: Any) -> None:
    """Store the coach's answer, what it has understood, and the proposal that follows from it."""
    user, reply = message.user, answer.reply
    learn(user, reply.known, told=answer.inputs.known)
    # The coach cannot know which day code has made of the words. Its question stands last.
    text = "\n\n".join(filter(None, (interview_heard.take_in(message, reply.known, told=answer.inputs), reply.reply)))
    proposal = None
    try:
        proposal = _wanted_proposal(user, message, reply.action, told=answer.inputs)
    except CapReached as cap:
        text = f"{text}\n\n{cap.message}"
    ChatMessage.objects.create(
        user=user, author=ChatMessage.Author.COACH, text=text, in_reply_to=message, proposal=proposal
    )


def learn(user: User, known: Known, *, told: Known) -> None:
    """Store what the coach has understood. Erases nothing, and changes only what differs from what the coach was told.

    So a correction that the candidate made by hand meanwhile stays.
    """
    news = {
        field: value
        for field, value in known.model_dump(include=set(Known.model_fields)).items()
        if value is not None and value != getattr(told, field)
    }
    if "role" in news:
        user.current_role = news.pop("role")
        user.save(update_fields=["current_role"])
    if news:
        brief = brief_to_change(user)
        for field, value in news.items():
            setattr(brief, field, value)
        brief.save(update_fields=list(news))


def _wanted_proposal(user: User, message: ChatMessage, action: str, *, told: PlanChatInputs) -> PlanProposal | None:
    """The proposal that follows from this turn, or None. Code decides whether all is known, whatever the reply says.

    Raises CapReached.
    """
    if has_plan_to_change(user):
        return request(user, feedback=_wish(user, message)) if action == "suggest_changes" else None
    known = known_of(user, brief_of(user))
    is_known = all_known(known)
    just_complete = not (all_known(told.known) or told.plan or told.proposal)
    if is_known and (action == "suggest_plan" or just_complete) and not _being_written(user):
        # To a first plan by rules, answers are no wishes: what they say is known by now.
        is_answer = not user.proposals.exists() or chosen_in(message.text, known.model_dump())
        wish = [] if settings.OFFLINE_COACH and is_answer else _wish(user, message)
        return request(user, feedback=[*_not_taken_in(user, before=message), *wish])
    return None


def _not_taken_in(user: User, *, before: ChatMessage | None = None) -> list[str]:
    """What was said since the last proposal, if no plan is open or in force: no proposal has used it yet."""
    last = user.proposals.order_by("-pk").first()
    if last is None or has_plan_to_change(user):
        return []
    said = ChatMessage.objects.filter(user=user, author=ChatMessage.Author.CANDIDATE, created_at__gt=last.created_at)
    if before:
        said = said.filter(pk__lt=before.pk)
    latest = [message.text for message in reversed(said.order_by("-pk")[:MOST_MESSAGES])]
    # What was chosen in a field is known, and no wish.
    known = known_of(user, brief_of(user)).model_dump()
    return [text for text in latest if text and text not in last.feedback and not chosen_in(text, known)]


def _being_written(user: User) -> bool:
    """Whether a plan is being written. A failed one is not: the next wish replaces it, and takes its words along."""
    waiting = user.proposals.filter(status=PlanProposal.Status.WAITING, source=PlanProposal.Source.CHAT)
    return any(not proposal.failure for proposal in waiting)


def _wish(user: User, message: ChatMessage) -> list[str]:
    """The candidate's message as feedback; a short one with the coach's question before it."""
    if count_words(message.text) > SHORT_ANSWER_WORDS:
        return [message.text]
    asked = ChatMessage.objects.filter(user=user, author=ChatMessage.Author.COACH, pk__lt=message.pk).order_by("-pk")
    question = asked.first()
    return [f"{message.text} (The coach had said: {question.text})" if question else message.text]
