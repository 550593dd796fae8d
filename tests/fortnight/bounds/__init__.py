"""What must hold, whatever somebody does."""

from tests.fortnight.bounds import notes, questions, review, signals, turns
from tests.fortnight.bounds.bound import BOUNDS, broken

__all__ = ["BOUNDS", "broken", "notes", "questions", "review", "signals", "turns"]
