"""Collecting the static files, which takes seconds, only when there is something new to collect."""

import hashlib
import os

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect() -> None:
    """Bring STATIC_ROOT up to date: copied, named after their content and compressed."""
    collected = settings.STATIC_ROOT / "collected-from"
    sources = fingerprint()
    if not collected.exists() or collected.read_text() != sources:
        call_command("collectstatic", interactive=False, verbosity=0)
        collected.write_text(sources)


def fingerprint() -> str:
    """Changes when a source file comes, goes or is written to."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list(None):
            source = os.stat(storage.path(path))
            digest.update(f"{path} {source.st_size} {source.st_mtime_ns}\n".encode())
    return digest.hexdigest()
