"""The program's own settings, and a middleware that says with each reply what it cost: for `make bench-load` only."""

from coach.settings import *  # noqa: F403
from coach.settings import MIDDLEWARE as OUR_MIDDLEWARE

MIDDLEWARE = ["tests.load.measuring.MeasuringMiddleware", *OUR_MIDDLEWARE]
