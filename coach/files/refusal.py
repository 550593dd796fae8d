"""Why a file gives no text, for the candidate. The child process that reads files names one of these by its key."""

MEGABYTES, MOST_PAGES = 5, 30
MOST_BYTES = MEGABYTES * 1_000_000
# Of its text: what thirty full pages hold.
MOST_CHARACTERS = 200_000

_OR_COPY = "or copy its text into the field."
REFUSALS = {
    "empty": "This file is empty. Choose another one.",
    "too_large": f"This file has more than {MEGABYTES} MB. Choose a smaller one, {_OR_COPY}",
    "too_long": f"This file has more than {MOST_PAGES} pages. Choose a shorter one, {_OR_COPY}",
    "unknown": "This kind of file cannot be read here. Choose a PDF, a Word document (.docx), plain text or Markdown, "
    + _OR_COPY,
    "old_word": f"This is a Word document of the old kind. Save it as .docx or PDF and choose that, {_OR_COPY}",
    "not_utf8": f"This file is no plain text (UTF-8). Save it as that and choose it again, {_OR_COPY}",
    "locked": f"This file is locked with a password. Save it without one and choose it again, {_OR_COPY}",
    "macros": f"This Word document has macros. Save it without them (.docx) and choose it again, {_OR_COPY}",
    "no_text": "There is no text in this file, only pictures, as a scanner makes them. Choose the document that it was "
    "made from, or type what matters into the field.",
    "broken": f"This file is damaged, or is not what its name says. Save it anew and choose it again, {_OR_COPY}",
    "too_much": f"This file takes more work to read than a text should. Save it as plain text, {_OR_COPY}",
    "busy": "Other files are being read at the moment. Choose this one again in a minute.",
}


class Refused(Exception):
    """The file gives no text. `code`: a key of REFUSALS. The exception holds nothing of the file."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)

    @property
    def message(self) -> str:
        """What the candidate is told."""
        return REFUSALS[self.code]
