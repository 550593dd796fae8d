#!/usr/bin/env python
"""Django's command line: `manage.py serve` runs everything, `manage.py help` lists the rest."""

import os
import signal
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from coach.running.watching import lines


def main() -> None:
    """Run one command; a wrong setting is one plain message, without a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coach.settings")
    # End as after sys.exit(), so that the embedded database is stopped too. Commands that serve set their own.
    signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(128 + signum))
    try:
        settings.DATABASES  # noqa: B018  Django would take a failure in the settings for an unknown command
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        if sys.argv[1:2] in (["serve"], ["prepare"], ["worker"]):
            lines.speak()
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
