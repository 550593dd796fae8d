"""Story structures. The coach builds them, the candidate edits them, and neither overwrites what it has not seen."""

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
from llm_modes.failures import LLMFailure
from plans.journey import context_of, language_of
from plans.preparation import preparation_of
from study import caps
from study.headings import lowered, outline
from study.models import Question, Story, StudySession
from study.sessions import stage_of, touch

_MARKUP = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]<>"})


class StoryConflict(Exception):
    """The story was changed elsewhere meanwhile. `story`: with the stored text."""

    def __init__(self, story: Story) -> None:
        self.story = story
        super().__init__(f"story {story.pk} has version {story.version}")


def story_of(question: Question) -> Story:
    """The question's story; an empty one is made if there is none. Raises CapReached."""
    if not Story.objects.filter(question=question).exists():
        caps.require_story(question.user)
    return Story.objects.select_related("question__topic", "user").get_or_create(
        question=question, defaults={"user": question.user}
    )[0]


def body(text: str) -> str:
    """A story's text as it is stored: its headings begin at ###, because # and ## are the file's.

    Code, lists and quotations stay as they are. An open fence is closed: the stories after it would become code.
    """
    text = clean_markdown(text)
    found = outline(text)
    return "\n".join(lowered(text.split("\n"), found.headings)) + (f"\n{found.open_fence}" if found.open_fence else "")


def save_text(question: Question, text: str, *, version: int) -> Story:
    """Store the candidate's text if the story still has the version that they saw. Raises StoryConflict."""
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
    """Store what the candidate made of the coach's suggestion, and delete the suggestion. Raises StoryConflict."""
    with transaction.atomic():
        story = save_text(question, text, version=version)
        return put_suggestion_away(story)


def put_suggestion_away(story: Story) -> Story:
    """Keep the text, and delete the coach's suggestion."""
    story.suggestion = ""
    story.save(update_fields=["suggestion"])
    return story


def only_notes(user: User) -> QuerySet[Story]:
    """Stories with notes only: neither the coach nor the candidate has written a text."""
    notes = Story.objects.filter(user=user, version=0).exclude(ask_state=AskState.NONE)
    return notes.select_related("question").only("question__user_id", "question__text")


def want(question: Question, notes: str) -> Story:
    """Save the rough notes, of which the coach makes a structure. One that is being written is not asked for again."""
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
    """The reply as Markdown: the title in bold, then a heading and a list for each section."""
    parts = [f"**{_inline(reply.title)}**"]
    for section in reply.sections:
        points = "\n".join(f"- {_inline(point)}" for point in section.points)
        parts.append(f"### {_inline(section.heading)}\n\n{points}")
    return "\n\n".join(parts)


def _inline(text: str) -> str:
    """The text on one line, with its stars and brackets escaped."""
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
    """The inputs of BuildStory."""
    if is_untouched(story.question.text) or is_untouched(story.notes):
        raise LLMFailure("unreadable")
    return BuildStoryInputs(
        question=story.question.text,
        context=context_of(story.user),
        notes=story.notes,
        story=story.text,
        preparation=preparation_of(story.user),
        language=language_of(story.user),
    )


def _apply(story: Story, answer: Any) -> None:
    """Store the structure: as the story if there is none yet, else beside it, and the candidate decides."""
    written = compose(answer.reply)
    story.gaps = answer.reply.gaps
    if story.text == answer.inputs.story:
        story.asked_version = story.version
    if story.text or is_untouched(story.text):
        story.suggestion = written
    else:
        story.text, story.version = written, story.version + 1
