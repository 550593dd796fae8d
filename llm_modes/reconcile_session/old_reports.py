"""What release 0.1's offline coach wrote into notes: reports on one session, which it kept in pieces afterwards."""

import re

_END = r"(?:^|(?<=[.!?…]\ ))"
_REPORT = re.compile(
    rf"""{_END}(?:
        Last\ session:\ (?:no\ answer\ was\ marked|[\w ]+\ to\ [\w ]+,\ (?:mark|marks|all\ marked)\ \d+(?:\ to\ \d+)?)\.
      | (?:Goes\ well|Best\ so\ far):\ “.*?”\ \(\d+\)\.
      | Better\ than\ before:\ from\ \d+\ to\ \d+\ on\ a\ second\ try\.
      | To\ work\ on:\ (?:[^.“”…]|“[^”]*”)*(?:\.|…|$)
      | Nothing\ was\ practised\ in\ this\ session\.
    )\s?""",
    re.X,
)
# It cut notes at the ends of sentences, also within quotations: the rest of one has an end and no beginning. Questions
# before it were part of the quotation.
_SENTENCE = r"(?:[^“”.!?…]|[.!?…](?=\S))"
_PIECE = re.compile(rf"{_END}(?:{_SENTENCE}*\? ){{0,3}}{_SENTENCE}*”(?: \(\d{{1,2}}\)|\))[^“”.]*\.\s?")
_OPENED = re.compile(rf"{_END}(?:Goes well|Best so far|To work on): [^”]*$")


def without_reports(line: str) -> str:
    """The line without such reports and pieces: what somebody else wrote into it, letter by letter; "" for nothing."""
    return _OPENED.sub("", _PIECE.sub("", _REPORT.sub("", line))).strip()
