"""Story structures: built with the coach, edited by the candidate, never overwritten by either unseen."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from coach.candidate_text import clean_markdown
from coach.encryption.unreadable import is_untouched
from coach.models import User
from llm_modes.asking.once import ask_and_apply
from llm_modes.asking.rows import AskState
from llm_modes.build_story.schema import MODE as BUILD_STORY
from llm_modes.build_story.schema import BuildStoryInputs, BuildStoryReply
from llm_modes.provider.failures import LLMFailure
from plans.journey import context_of
from study import caps
from study.headings import lowered, outline
from study.models import Question, Story, StudySession
from study.sessions import stage_of, touch

_MARKUP = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]<>"})


class StoryConflict(Exception):
    """The story was changed elsewhere meanwhile; `story` has what is stored."""

    def __init__(self, story: Story) -> None:
        self.story = story
        super().__init__(f"story {story.pk} has version {story.version}")


def story_of(question: Question) -> Story:
    """The question's story, made empty when there is none yet. Raises CapReached."""
    if not Story.objects.filter(question=question).exists():
        caps.require_story(question.user)
    return Story.objects.select_related("question__topic", "user").get_or_create(
        question=question, defaults={"user": question.user}
    )[0]


def body(text: str) -> str:
    """A story's text as it is stored: its headings begin at ###, as # and ## are those of the file.

    What stands in code, lists and quotations stays as it is. A fence that was left open is closed: it would swallow
    the stories after it.
    """
    text = clean_markdown(text)
    found = outline(text)
    return "\n".join(lowered(text.split("\n"), found.headings)) + (f"\n{found.open_fence}" if found.open_fence else "")


def save_text(question: Question, text: str, *, version: int) -> Story:
    """Store the candidate's text, if the story still has the version they saw. Raises StoryConflict."""
    story = story_of(question)
    with transaction.atomic():
        locked = _locked(story)
        text = body(text)
        if locked.version != version and locked.text != text:
            raise StoryConflict(locked)
        if locked.text != text:
            locked.text = text
            locked.version += 1
        locked.save(update_fields=["text", "version", "updated_at"])
        _touch_running(locked)
    return locked


def take_suggestion(question: Question, text: str, *, version: int) -> Story:
    """Store what the candidate made of the coach's suggestion, and put it away. Raises StoryConflict."""
    with transaction.atomic():
        story = save_text(question, text, version=version)
        return put_suggestion_away(story)


def put_suggestion_away(story: Story) -> Story:
    """Keep the text as it is; the coach's suggestion goes."""
    story.suggestion = ""
    story.save(update_fields=["suggestion"])
    return story


def only_notes(user: User) -> QuerySet[Story]:
    """Stories of which there are only notes so far: no structure has come, and nobody has written one."""
    notes = Story.objects.filter(user=user, version=0).exclude(ask_state=AskState.NONE)
    return notes.select_related("question__topic").order_by("pk")


def want(question: Question, notes: str) -> Story:
    """Save the rough notes; the coach is to make a structure of them. One that is being written is left to it."""
    story = story_of(question)
    with transaction.atomic():
        locked = _locked(story)
        locked.notes = notes
        if not locked.is_being_asked:
            locked.mark_pending()
        locked.save()
        _touch_running(locked)
    return locked


def ask_for(story: Story, on_progress: Callable[[dict[str, Any]], None] | None = None) -> Story:
    """Ask the coach for the structure, and store it. Returns the story as it is then."""
    return ask_and_apply(
        story,
        mode=BUILD_STORY,
        candidate=story.user,
        stage=lambda row: stage_of(_running(row)),
        inputs=prompt_inputs,
        apply=_apply,
        on_progress=on_progress,
    )


def compose(reply: BuildStoryReply) -> str:
    """The reply as Markdown: the title in bold, a heading and a list for each section."""
    parts = [f"**{_inline(reply.title)}**"]
    for section in reply.sections:
        points = "\n".join(f"- {_inline(point)}" for point in section.points)
        parts.append(f"### {_inline(section.heading)}\n\n{points}")
    return "\n\n".join(parts)


def _inline(text: str) -> str:
    """One line, whose stars and brackets are no markup."""
    return " ".join(text.split()).translate(_MARKUP)


def _locked(story: Story) -> Story:
    return Story.objects.select_for_update(of=("self",)).select_related("question__topic", "user").get(pk=story.pk)


def _running(story: Story) -> StudySession | None:
    return StudySession.objects.filter(user=story.user_id, end_time=None).first()


def _touch_running(story: Story) -> None:
    running = _running(story)
    if running is not None:
        touch(running)


def prompt_inputs(story: Story) -> BuildStoryInputs:
    """What BuildStory is told."""
    if is_untouched(story.question.text) or is_untouched(story.notes):
        raise LLMFailure("unreadable")
    return BuildStoryInputs(
        question=story.question.text, context=context_of(story.user), notes=story.notes, story=story.text
    )


def _apply(story: Story, answer: Any) -> None:
    """Store the structure: as the story where there is none yet, else beside it, for the candidate to decide."""
    written = compose(answer.reply)
    story.gaps = answer.reply.gaps
    if story.text == answer.inputs.story:
        story.asked_version = story.version
    if story.text or is_untouched(story.text):
        story.suggestion = written
    else:
        story.text, story.version = written, story.version + 1
