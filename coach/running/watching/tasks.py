"""Gives the worker's records the id of the task that they belong to: those of the task, and that of its failure."""

from typing import Any

from django_q.signals import post_execute, post_execute_in_worker, pre_execute

from coach.running.watching.ids import task_id


def _begun(task: dict[str, Any], **_signal: Any) -> None:
    task_id.set(task["id"])


def _ended(**_signal: Any) -> None:
    task_id.set("")


# In a process of the worker, and in the one that stores results and logs failures, right after the second signal.
pre_execute.connect(_begun)
post_execute_in_worker.connect(_ended)
post_execute.connect(_begun)
