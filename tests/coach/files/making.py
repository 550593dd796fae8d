"""Files as candidates bring them, and as nobody should: made here, so that none is kept among the tests."""

import io
import zlib
from zipfile import ZIP_DEFLATED, ZipFile

import docx
from pypdf import PdfReader, PdfWriter


def pdf(*pages: str, content: bytes | None = None) -> bytes:
    """A PDF with a line of text on each page; `content`: the unpacked content of all of its pages instead."""
    count = max(1, len(pages))
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number in range(count):
        said = content if content is not None else f"BT /F1 12 Tf 72 700 Td ({pages[number]}) Tj ET".encode("cp1252")
        packed = zlib.compress(said, 9)
        fonts = "/Resources << /Font << /F1 3 0 R >> >>"
        parts.append(f"<< /Type /Page /Parent 2 0 R {fonts} /Contents {5 + 2 * number} 0 R >>".encode())
        parts.append(b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(packed), packed))
    return _assembled(parts)


def _assembled(parts: list[bytes]) -> bytes:
    made, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(parts) + 1, table)
    return made + head + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(parts) + 1, len(made))


def locked_pdf(password: str, *, by: str = "RC4-128") -> bytes:
    """A PDF that opens with this password only."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("Ten years of nursing."))))
    writer.encrypt(password, owner_password="of the owner", algorithm=by)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def pdf_whose_pages_hold_themselves() -> bytes:
    """A tree of pages without an end."""
    return _assembled([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>"])


def word(*paragraphs: str, table: tuple[str, ...] = ()) -> bytes:
    """A Word document with these paragraphs, then a table of one row."""
    document, made = docx.Document(), io.BytesIO()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if table:
        row = document.add_table(1, len(table)).rows[0]
        for cell, text in zip(row.cells, table, strict=True):
            cell.text = text
    document.save(made)
    return made.getvalue()


def word_with(parts: dict[str, bytes]) -> bytes:
    """A Word document with more parts, or with other ones in the place of its own."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(word("Ten years of nursing."))) as old, ZipFile(made, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return made.getvalue()


def xml_of_word(*, doctype: str = "", said: str) -> bytes:
    """The main part of a Word document, with a declaration in front and something of XML as its text."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f"<w:body><w:p><w:r><w:t>{said}</w:t></w:r></w:p></w:body>"
    return f'<?xml version="1.0"?>{doctype}<w:document xmlns:w="{space}">{body}</w:document>'.encode()
