"""Files for a text: what they say is read, and whatever else they are, reading them ends soon and in a sentence."""

import io
import resource
import threading
import time
from zipfile import ZipFile

import pytest

from coach.files import text_of as reading
from coach.files.refusal import MEGABYTES, MOST_BYTES, MOST_PAGES, REFUSALS, Refused
from coach.files.text_of import text_of
from tests.coach.files.making import (
    locked_pdf,
    pdf,
    pdf_whose_pages_hold_themselves,
    word,
    word_with,
    xml_of_word,
)

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
LAUGHS = '<!DOCTYPE w:document [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)


def said(content: bytes, name: str) -> str:
    return text_of(io.BytesIO(content), name)


def refused(content: bytes, name: str) -> str:
    with pytest.raises(Refused) as caught:
        said(content, name)
    assert caught.value.message == REFUSALS[caught.value.code]
    return caught.value.code


def test_the_text_of_each_kind_is_read():
    assert (
        said(pdf("Ten years of nursing.", "Ward 7, at night."), "cv.pdf")
        == "Ten years of nursing.\n\nWard 7, at night."
    )
    assert said(word("Ten years of nursing.", "On two wards", table=("2019", "Ward 7")), "cv.docx") == (
        "Ten years of nursing.\nOn two wards\n2019\nWard 7"
    )
    assert said("\ufeffZehn Jahre Übergabe\r\n\x00".encode(), "cv.TXT") == "Zehn Jahre Übergabe"
    assert said("# Élodie".encode("utf-16"), "cv.md") == "# Élodie"


def test_the_main_part_may_have_a_number_as_some_programs_name_it():
    made = io.BytesIO()
    with ZipFile(io.BytesIO(word("Ten years of nursing."))) as old, ZipFile(made, "w") as new:
        for part in old.namelist():
            content = old.read(part).replace(b"word/document.xml", b"word/document2.xml")
            new.writestr(part.replace("document.xml", "document2.xml"), content)
    assert said(made.getvalue(), "cv.docx") == "Ten years of nursing."


def test_a_hyphen_at_which_no_line_ends_is_read():
    years = "2019</w:t><w:noBreakHyphen/><w:t>2021, ward 7"
    assert said(word_with({"word/document.xml": xml_of_word(said=years)}), "cv.docx") == "2019-2021, ward 7"


def test_text_boxes_are_read_once_and_what_was_deleted_is_not():
    said_twice = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    box = (
        f'Before</w:t></w:r><m:AlternateContent xmlns:m="{said_twice}"><m:Choice Requires="wps"><w:p><w:r><w:t>In a box'
        "</w:t></w:r></w:p></m:Choice><m:Fallback><w:p><w:r><w:t>In a box</w:t></w:r></w:p></m:Fallback>"
        "</m:AlternateContent><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:t> after"
    )
    assert said(word_with({"word/document.xml": xml_of_word(said=box)}), "cv.docx") == "Before\nIn a box after"


def test_a_file_that_only_may_not_be_printed_is_read_and_one_with_a_password_is_not():
    for by in ("RC4-128", "AES-256"):
        assert said(locked_pdf("", by=by), "cv.pdf") == "Ten years of nursing."
        assert refused(locked_pdf("secret", by=by), "cv.pdf") == "locked"
    assert refused(OLD_OFFICE, "cv.docx") == "locked"
    assert refused(OLD_OFFICE, "cv.doc") == "old_word"


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "cv.pdf", "empty"),
        (b" \n", "cv.txt", "empty"),
        (b"x" * (MOST_BYTES + 1), "cv.txt", "too_large"),
        (b"x" * 200_001, "cv.txt", "too_long"),
        (b"hello", "cv.pdf", "broken"),
        (b"hello", "cv.docx", "broken"),
        (b"%PDF-1.4 and nothing else", "cv.pdf", "broken"),
        (b"PK\x03\x04 and nothing else", "cv.docx", "broken"),
        (b"{\\rtf1 hello}", "cv.rtf", "unknown"),
        (b"\x89PNG\r\n", "cv.png", "unknown"),
        (b"caf\xe9", "cv.txt", "not_utf8"),
        (b"\xff\xfea", "cv.txt", "not_utf8"),
        ("\u200b\u2060".encode(), "cv.md", "no_text"),
    ],
)
def test_what_is_no_text_gets_a_sentence(content, name, code):
    assert refused(content, name) == code


def test_a_scan_an_empty_document_and_too_many_pages_get_a_sentence():
    assert refused(pdf(content=b"0 0 612 792 re f"), "scan.pdf") == "no_text"
    assert refused(word(), "cv.docx") == "no_text"
    assert refused(pdf(*["A page."] * (MOST_PAGES + 1)), "cv.pdf") == "too_long"
    assert f"{MOST_PAGES} pages" in REFUSALS["too_long"]
    assert f"{MEGABYTES} MB" in REFUSALS["too_large"]


def test_macros_and_entities_are_refused_and_another_package_is_no_document():
    assert refused(word_with({"word/vbaProject.bin": b"Sub AutoOpen()"}), "cv.docm") == "macros"
    entity = '<!DOCTYPE w:document [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    for doctype, text in ((entity, "&x;"), (f"{LAUGHS}]>", "&j;")):
        part = xml_of_word(doctype=doctype, said=text)
        assert refused(word_with({"word/document.xml": part}), "cv.docx") == "broken"
        in_utf16 = part.decode().replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16")
        assert refused(word_with({"word/document.xml": in_utf16}), "cv.docx") == "broken"
    sheet = word_with({}).replace(b"word/document.xml", b"xl/workbook12.xml")
    assert refused(sheet, "cv.xlsx") == "unknown"


BOMBS = {
    "a page that unpacks to 50 MB": lambda: pdf(content=b" " * 50_000_000),
    "a page of a million words": lambda: pdf(content=b"BT /F1 1 Tf " + b"(a) Tj " * 1_000_000 + b"ET"),
    "pages that hold themselves": pdf_whose_pages_hold_themselves,
    "arrays in arrays": lambda: pdf(content=b"[" * 500_000),
    "a document that unpacks to 50 MB": lambda: word_with({"word/media/a.xml": bytes(50_000_000)}),
    "a document of 14 MB of marks": lambda: word_with(
        {"word/document.xml": xml_of_word(said="</w:t></w:r></w:p><w:p><w:r><w:t>" * 350_000)}
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_ends_soon_and_costs_this_process_no_memory(bomb):
    content = BOMBS[bomb]()
    assert len(content) < 1_000_000
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    name = "cv.pdf" if content.startswith(b"%PDF") else "cv.docx"
    assert refused(content, name) in ("too_much", "too_long", "broken", "no_text")
    assert time.monotonic() - began < 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kilobytes


def test_what_takes_longer_than_it_may_is_ended(monkeypatch):
    monkeypatch.setattr(reading, "WALL_SECONDS", 0.01)
    assert refused(pdf("Ten years of nursing."), "cv.pdf") == "too_much"


def test_who_finds_no_place_is_asked_to_come_again(monkeypatch):
    monkeypatch.setattr(reading, "SECONDS_FOR_A_PLACE", 0.01)
    monkeypatch.setattr(reading, "_places", threading.BoundedSemaphore(1))
    with reading._places:
        assert refused(pdf("Ten years of nursing."), "cv.pdf") == "busy"
    assert said(pdf("Ten years of nursing."), "cv.pdf") == "Ten years of nursing."
