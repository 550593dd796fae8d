"""Story structures, one per question, and the file that holds them all."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coach.candidate_text import clean_markdown
from coach.caps import CapReached
from coach.htmx import CandidateRequest, respond
from coach.paging import part_of
from llm_modes.asking.views import ask_and_show, stop_and_show
from study import stories_file as file
from study.forms import FileForm, NotesForm, StoryForm, UploadForm
from study.markdown import render
from study.models import Question, Story
from study.sessions import running_session
from study.stories import (
    StoryConflict,
    ask_for,
    only_notes,
    put_suggestion_away,
    save_text,
    take_suggestion,
    want,
)

NOTES_LISTED = 20


def _question(request: CandidateRequest, pk: int) -> Question:
    return get_object_or_404(request.user.questions.select_related("topic", "user"), pk=pk)


def _story_page(
    request: CandidateRequest, question: Question, *, status: int = 200, fragment: str = "", **more: Any
) -> HttpResponse:
    """The story's page, or one part of it."""
    story = Story.objects.filter(question=question).first() or Story(question=question, user=question.user)
    data = {
        "question": question,
        "story": story,
        "html": render(story.text, top=3),
        "suggestion_html": render(story.suggestion, top=3),
        "edited_meanwhile": bool(story.suggestion) and story.asked_version != story.version,
        "notes_form": NotesForm(initial={"notes": story.notes}),
        "form": StoryForm(initial={"text": story.text, "version": story.version}),
        "running": running_session(request.user),
        "now": timezone.now(),
        "refused": status >= 400 and not fragment,
        **more,
    }
    return respond(request, "study/question_story.html", data, fragment=fragment, status=status)


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def question_story(request: CandidateRequest, pk: int) -> HttpResponse:
    """The story of a question: read it; POST saves the candidate's own text, or what they made of a suggestion."""
    question = _question(request, pk)
    if request.method != "POST":
        return _story_page(request, question)
    form = StoryForm(request.POST)
    if "keep" in request.POST:
        put_suggestion_away(get_object_or_404(Story, question=question))
        return redirect("study:question_story", question.pk)
    if not form.is_valid():
        return _story_page(request, question, status=422, form=form)
    save = take_suggestion if "take" in request.POST else save_text
    try:
        save(question, form.cleaned_data["text"], version=form.cleaned_data["version"])
    except StoryConflict as conflict:
        return _story_page(request, question, status=409, form=form, other=conflict.story)
    except CapReached as cap:
        form.add_error("text", cap.message)
        return _story_page(request, question, status=cap.status, form=form)
    messages.success(request, "Saved.")
    return redirect("study:question_story", question.pk)


@sensitive_post_parameters()
@login_required
@require_POST
def story_notes(request: CandidateRequest, pk: int) -> HttpResponse:
    """Save rough notes; the answer asks the coach for a structure."""
    question = _question(request, pk)
    form = NotesForm(request.POST)
    if not form.is_valid():
        return _story_page(request, question, status=422, notes_form=form)
    try:
        want(question, form.cleaned_data["notes"])
    except CapReached as cap:
        form.add_error("notes", cap.message)
        return _story_page(request, question, status=cap.status, notes_form=form)
    return redirect("study:question_story", question.pk)


@login_required
@require_POST
def story_structure(request: CandidateRequest, pk: int) -> HttpResponse:
    """Ask the coach for the structure of the story."""
    question = _question(request, pk)
    story = get_object_or_404(Story.objects.select_related("question", "user"), question=question)
    page, fragment = ("study:question_story", pk), partial(_structure, request, question)
    return ask_and_show(request, story, ask=ask_for, page=page, fragment=fragment)


@login_required
@require_POST
def story_structure_stop(request: CandidateRequest, pk: int) -> HttpResponse:
    """Let the notes be, without a structure, until the candidate tries again."""
    question = _question(request, pk)
    story = get_object_or_404(Story, question=question)
    page, fragment = ("study:question_story", pk), partial(_structure, request, question)
    return stop_and_show(request, story, page=page, fragment=fragment)


def _structure(request: CandidateRequest, question: Question, status: int) -> HttpResponse:
    return _story_page(request, question, fragment="story", status=status)


def _file_page(request: CandidateRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    """The file as text to edit, or a page of the stories in it."""
    data = {"upload": UploadForm(), "editing": "edit" in request.GET, **more}
    if not data["editing"]:
        data["only_notes"] = part_of(only_notes(request.user), request.GET.get("before"), NOTES_LISTED)
        data["page"], data["count"] = file.page_of(request.user, request.GET.get("page"))
        for story in data["page"]:
            story.html = render(story.text, top=3)
    elif "form" not in data:
        rows = file.stories_of(request.user)
        data["form"] = FileForm(initial={"text": file.write(rows), "version": file.version_of(rows)})
    return respond(request, "study/stories.html", data, status=status)


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def stories(request: CandidateRequest) -> HttpResponse:
    """All stories, page by page; ?edit shows the whole file as text, and POST saves it."""
    if request.method != "POST":
        return _file_page(request)
    form = FileForm(request.POST)
    if not form.is_valid():
        return _file_page(request, status=422, form=form, editing=True)
    return _save_file(request, form, form.cleaned_data["text"], form.cleaned_data["version"])


def _save_file(request: CandidateRequest, form: FileForm, text: str, version: str) -> HttpResponse:
    try:
        saved = file.save(request.user, text, version=version)
    except file.NotAStoriesFile as problem:
        form.add_error("text", str(problem))
        return _file_page(request, status=422, form=form, editing=True)
    except file.FileConflict as conflict:
        shown = FileForm(initial={"text": text, "version": conflict.version})
        return _file_page(request, status=409, form=shown, editing=True, other_text=conflict.text, brought=not version)
    messages.success(request, f"Saved: {saved} stor{'y' if saved == 1 else 'ies'}.")
    return redirect("study:stories")


@login_required
@require_safe
def stories_md(request: CandidateRequest) -> HttpResponse:
    """All stories as one Markdown file to keep."""
    response = HttpResponse(
        file.with_version(file.stories_of(request.user)), content_type="text/markdown; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="stories.md"'
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def stories_upload(request: CandidateRequest) -> HttpResponse:
    """Upload a stories.md: saved if no story has changed since its download, else shown beside them to decide."""
    upload = UploadForm(request.POST, request.FILES)
    if not upload.is_valid():
        return _file_page(request, status=422, upload=upload)
    text, version = file.split_version(clean_markdown(upload.cleaned_data["file"]))
    form = FileForm({"text": text, "version": version or "none"})
    if not form.is_valid():
        return _file_page(request, status=422, form=form, editing=True)
    return _save_file(request, form, form.cleaned_data["text"], version)
