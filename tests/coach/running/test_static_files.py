"""Static files are collected when they changed, and only then: it takes seconds of every start."""

import os

import pytest

from coach.running import static_files
from coach.running.static_storage import StaticStorage


@pytest.fixture
def source(tmp_path, settings):
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "collected"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "coach.running.static_storage.StaticStorage"}}
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "app.css").write_text("body { color: black }")
    return tmp_path / "source" / "app.css"


def collected_names(settings):
    return {path.name for path in settings.STATIC_ROOT.glob("app.*.css")}


def test_nothing_is_collected_twice(source, settings):
    static_files.collect()
    first = collected_names(settings)
    assert len(first) == 1

    (settings.STATIC_ROOT / first.pop()).unlink()
    static_files.collect()
    assert collected_names(settings) == set()


def test_what_is_written_to_is_collected_again(source, settings):
    static_files.collect()
    source.write_text("body { color: white }")
    os.utime(source, ns=(1, 1))  # a file system may be too coarse to see that it is younger
    static_files.collect()

    assert len(collected_names(settings)) == 2


def test_a_new_file_is_collected(source, settings):
    static_files.collect()
    (source.parent / "app.js").write_text("")
    static_files.collect()

    assert (settings.STATIC_ROOT / "app.js").exists()


def test_files_are_compressed(source, settings):
    """In the runs of tests scripts are not: that takes half a minute (tests/stack/uncompressed.py)."""
    (source.parent / "app.js").write_text("'use strict';\n" * 100)
    static_files.collect()

    assert {path.suffix for path in settings.STATIC_ROOT.glob("app.*.js*")} == {".js", ".br", ".gz"}


def test_the_address_of_a_file_is_found_once(source, settings):
    static_files.collect()
    storage = StaticStorage()
    address = storage.url("app.css")
    assert address == f"/static/{collected_names(settings).pop()}"

    storage.hashed_files.clear()
    assert storage.url("app.css") == address
    with pytest.raises(ValueError, match=r"nothing\.css"):
        storage.url("nothing.css")
