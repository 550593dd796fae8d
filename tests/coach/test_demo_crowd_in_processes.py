"""`manage.py demo_data --users`: copies that several processes write, each over a connection of its own."""

import pytest
from django.utils import timezone

from coach.encryption import canary
from coach.management.crowd import candidate, making
from coach.management.crowd.candidate import Order
from coach.management.crowd.erasing import crowd
from coach.management.crowd.reading import NAMES


@pytest.mark.django_db(transaction=True)
def test_many_copies_are_written_by_several_processes(monkeypatch):
    monkeypatch.setattr(making, "WORTH_PROCESSES", 1)
    monkeypatch.setattr(making, "BATCH", 2)
    canary.verify()
    usual = candidate.make("candidate0002", Order("", timezone.now(), days=1, seed=1), sessions=1, answers=3)
    assert list(making.copied(usual, 3)) in ([2, 1], [1, 2])
    assert [user.name for user in crowd().order_by("username")][1:] == list(NAMES[3:6])
    answers = [[one.raw_answer for one in user.question_attempts.order_by("pk")] for user in crowd()]
    assert answers == [answers[0]] * 4
