"""The text of a PDF."""

from io import BytesIO
from typing import Any

from pypdf import PdfReader, apply_configuration
from pypdf.errors import LimitReachedError

from coach.files.refusal import MOST_CHARACTERS, MOST_PAGES, Refused

# Bytes of one stream when it is unpacked: a page of text takes a hundredth of that.
MOST_UNPACKED = 10_000_000
LIMITS: dict[str, Any] = {
    "zlib_maximum_output_length": MOST_UNPACKED,
    "lzw_maximum_output_length": MOST_UNPACKED,
    "run_length_maximum_output_length": MOST_UNPACKED,
    "brotli_maximum_output_length": MOST_UNPACKED,
    "array_based_stream_maximum_output_length": MOST_UNPACKED,
    "stream_decoding_work_maximum_length": 3 * MOST_UNPACKED,
    "stream_parsing_work_maximum_count": 200_000,  # a page that places each letter by itself has 30,000
    "jbig2dec_binary": None,  # no other program is run for a picture
}


def read(content: bytes) -> str:
    """The text, page after page. Raises Refused, and whatever the library makes of a broken file."""
    try:
        with apply_configuration(**LIMITS):
            return _read(PdfReader(BytesIO(content)))
    except LimitReachedError:
        raise Refused("too_much") from None


def _read(reader: PdfReader) -> str:
    # Many are encrypted with an empty password: everybody may read them, not everybody may print them.
    if reader.is_encrypted and not reader.decrypt(""):
        raise Refused("locked")
    if len(reader.pages) > MOST_PAGES:
        raise Refused("too_long")
    pages: list[str] = []
    for page in reader.pages:
        pages.append(page.extract_text().strip())
        if sum(map(len, pages)) > MOST_CHARACTERS:
            raise Refused("too_long")
    return "\n\n".join(pages)
