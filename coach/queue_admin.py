"""The work queue in the admin: django-q's own pages would show arguments, results and tracebacks."""

import re
from typing import Any

import django_q.admin  # noqa: F401 - it registers its pages when it is imported: they are replaced below
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django_q.models import Failure, OrmQ, Schedule, Success

from coach.read_only_admin import ReadOnlyAdmin

# The place in a traceback, or in the text of coach.running.quiet_tasks.
_OUR_LINE = re.compile(r'/((?:coach|plans|study|llm_modes)/[\w/]+\.py)(?:", line |:)(\d+)')


def ids_of(arguments: Any) -> str:
    """The ids of rows among a task's arguments, without any other argument."""
    return ", ".join(str(one) for one in arguments or () if isinstance(one, int)) or "-"


class QueueAdmin(ReadOnlyAdmin):
    """The queue's tasks. They belong to no candidate, and have ids only."""

    owner = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return admin.ModelAdmin.get_queryset(self, request)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [str(name) for name in self.list_display]

    @admin.display(description="row ids")
    def ids(self, task: Any) -> str:
        return ids_of(task.args)


class TaskAdmin(QueueAdmin):
    list_display: tuple[str, ...] = ("id", "func", "ids", "started", "stopped", "attempt_count")
    list_filter = ("func", "started")
    ordering = ("-started",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("kwargs", "result")


class FailureAdmin(TaskAdmin):
    """Failed tasks. Of a traceback only our own last line is shown: the text may quote what a candidate wrote."""

    list_display = (*TaskAdmin.list_display, "where")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return QueueAdmin.get_queryset(self, request).defer("kwargs")

    @admin.display(description="where it failed")
    def where(self, task: Any) -> str:
        lines = _OUR_LINE.findall(str(task.result))
        return ", line ".join(lines[-1]) if lines else "-"


class QueuedAdmin(QueueAdmin):
    list_display = ("id", "task", "ids", "lock")
    list_filter = ("lock",)

    @admin.display(description="function")
    def task(self, queued: Any) -> str:
        return str(queued.task.get("func", "unreadable: signed with another SECRET_KEY"))

    @admin.display(description="row ids")
    def ids(self, queued: Any) -> str:
        return ids_of(queued.task.get("args"))


class ScheduleAdmin(QueueAdmin):
    list_display = ("id", "name", "func", "schedule_type", "minutes", "repeats", "next_run")


for model, pages in ((Success, TaskAdmin), (Failure, FailureAdmin), (OrmQ, QueuedAdmin), (Schedule, ScheduleAdmin)):
    admin.site.unregister(model)
    admin.site.register(model, pages)
