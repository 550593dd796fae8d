"""Makes one demo candidate of the crowd through the models, as the program itself would have stored it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.db import transaction

from coach.management.crowd import coaching
from coach.management.crowd.days import demo_history, live
from coach.management.crowd.practice import practise
from coach.models import User

# Whoever is in this group was made by this command, and may be erased by it. It gives no permission.
GROUP = "Demo candidates"


@dataclass(frozen=True)
class Order:
    """What all of a crowd have in common: the password as it is stored, so many days up to yesterday, and a seed."""

    hashed: str
    today: datetime
    days: int
    seed: int


def make(username: str, order: Order, *, sessions: int, answers: int) -> User:
    """A candidate with so many sessions on each day, and answers in each session."""
    today, days = order.today, order.days
    life = live(today, days=days, sessions=sessions, answers=answers, seed=order.seed)
    with transaction.atomic():
        user = User(
            username=username,
            password=order.hashed,
            name=demo_history()["name"],
            current_role=demo_history()["role"],
            date_joined=today - timedelta(days=days),
        )
        user.save()
        user.groups.add(Group.objects.get_or_create(name=GROUP)[0])
        coaching.tell(user, today, days=days)
        topics = coaching.agree(user, today, days=days)
        practise(user, topics, life)
        coaching.interview(user, topics, today, days=days)
        coaching.pay(user, life, today, days=days)
    return user
