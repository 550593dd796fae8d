"""Telling source code, commands, markup and tables of data from English prose, by their signs and shapes."""

import json
import re
import tomllib
from pathlib import Path

from llm_modes.language.text import STOP_WORDS, words

# How much more of a text has to look like code than is made of prose's small words. Real sentences have 0.25 of those
# and hardly any code; terse bullets have neither; code, even with a few lines of comment, is above 0.5.
LEAST_CODE = 0.36
# A line with more small words than this is prose, whatever it looks like.
PROSE_LINE = 0.2

_DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_COMMANDS = frozenset(_DATA["commands"].split())
_PROSE = STOP_WORDS - set(_DATA["of_programs"].split())

# What is written for people within code, and addresses: they say nothing about the text around them.
_COMMENT = re.compile(r'^[^\S\n]*(?:#|//|--)[^\S\n].*$|(?s:/\*.*?\*/|""".*?"""|<!--.*?-->)', re.M)
_STRING = re.compile(r'[^\S\n]*"[^"\n]*"[^\S\n]*:[^\S\n]*"[^"\n]*"|(?<=[=(\[{,])[^\S\n]*(?:"[^"\n]*"|\'[^\'\n]*\')')
_ADDRESS = re.compile(r"\b\w+://\S+|[\w.+-]+@[\w.-]+\.\w+")

# What stands in a word of code and in hardly any of prose: "f(x)", "a.b.c", "x=1", "/etc/hosts", "$HOME", "std::sort".
_SIGN = re.compile(
    r"""[{}\\_] | \$[A-Za-z({@] | \w[(\[] | \)[.;:] | \[$ | ^\] | "[]:,)}]
    | [=:!<>]= | =[>\w"] | \w= | ^[=&|]{2}$ | ^\W{3,}$ | </ | <[A-Za-z?!] | [A-Za-z"]/?> | ->\w | \w-> | << | >>
    | :: | ^:[a-z] | [a-z\])]:[a-z0-9] | (?:^|[("'\[])\.{0,2}~?/\w | ^\./ | ^\*\. | \.\.\.\w
    | [A-Za-z]\w+\.\w{2,}\.[A-Za-z]""",
    re.VERBOSE,
)
_OPTION = re.compile(r"--?[A-Za-z][\w-]*")

# A whole line of code.
_LINE = re.compile(
    r"""\s*(?:
    # statements and blocks
    (?:return|throw|raise|import|using|package|puts)\ \S+(?:\ \W.*)? | import\ .*\ from\ .* | from\ \S+\ import\ .*
    | def\ \w+.* | (?:\w+\ )?class\ \w+(?:\(.*|\ <\ .*|:) | lambda\b.*:.*
    | for\ \w+(?:,\ ?\w+)*\ in\ .*: | (?:else|try|finally|except\b.*):
    | (?:el)?(?:if|while|with)\b.*[<>=(\[.].*: | (?:el)?(?:if|while)\ (?:not\ )?\w+: | (?:for|if|while|catch)\ ?\(.*
    | (?:for|if|while)\b.*\b(?:do|then) | for\b.*;\ do\b.* | pass | break | continue | end | else | fi | done | then
    | begin | do | .*(?:[{}] | =.*; | [)\]];) | [a-z-]+:\ .*; | [\w.]+\(.*\) | @\w+.*
    # an assignment, but no sum of money or people
    | (?:(?:let|var|const|int|val|my|final)\ )?
      [a-z][\w.]*(?:\[.*\]|(?:,\ \w+)+)?\ *[-+*/:]?=\ *(?!\d\S*\ +\S|\d+[a-z%])\S.*
    # queries and commands
    | (?i:select\b.*\bfrom\b.* | insert\ into\b.* | update\ \w+\ set\b.* | delete\ from\b.* | with\ \w+\ as\ \(
    | (?:create|alter|drop)\ (?:table|index|view)\b.*)
    | .*\|\ (?:sort|uniq|head|tail|grep|xargs|awk|sed|wc|less|tee|jq)\b.* | go\ (?:build|test|run|mod|get)\b.*
    # traces and logs
    | at\ .*\(.*:\d.* | File\ ".*",\ line\ \d+.* | \w+(?:Error|Exception)\b.* | \d{4}-\d\d-\d\d.\d\d:\d\d:\d\d.*
    | (?:Exception\ in\ thread|panic:|goroutine|Traceback|@@|\#!/).*
    # markup, headers and settings
    | <.*> | \[[\w.\ -]+\] | \#(?:include|define|ifn?def|undef|endif)\b.* | [A-Z]+\ /\S*\ HTTP/.*
    ) | (?:[^\S\n]+|-\ )(?:-\ )?[a-z][\w.-]*:(?:\s+\S+)? | [a-z][\w.-]*:""",
    re.VERBOSE,
)
_MARK = re.compile(r"[^\w\s'’.,-]|\s--?\w")
_PAUSE = re.compile(r"\w[,.:;]\s")
_SEPARATORS = (re.compile(r",(?! )"), re.compile(r";(?! )"), re.compile(r"(?<=\S)\t"))


def is_source_code(text: str) -> bool:
    """Whether a text is code of any kind: a program, a query, commands, markup, settings, a trace, rows of data.

    False for prose with code in it, and for terse bullets, formulas and lists of tools in English.
    """
    if _is_json(text):
        return True
    for written in (_COMMENT, _STRING, _ADDRESS):
        text = written.sub(' "": ' if written is _STRING else " ", text)
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    is_table, code = _is_table(lines), 0
    for line in lines:
        parts = line.split()
        signs = sum(map(bool, map(_SIGN.search, parts))) + sum(map(bool, map(_OPTION.fullmatch, parts[1:])))
        # One line without a mark may have been dictated: "python and sql daily, docker at times".
        is_whole = is_table or (_is_whole(line) and (_MARK.search(line) or len(lines) > 1))
        code += len(parts) if is_whole and _small_words(line) <= PROSE_LINE else signs
    return code >= (LEAST_CODE + _small_words(text)) * len(text.split()) > 0


def _is_json(text: str) -> bool:
    """Whether it is an object or a list, which may hold prose."""
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _is_whole(line: str) -> bool:
    """Whether a line is one of code from its beginning to its end. A command has no pauses, as a list of tools has."""
    first = line.removeprefix("$ ").split()[0].rstrip(";")
    return bool(_LINE.fullmatch(line)) or (first in _COMMANDS and not _PAUSE.search(line))


def _is_table(lines: list[str]) -> bool:
    """Whether the lines are rows with the same number of columns, three at least."""
    columns = [{len(sign.findall(line)) for line in lines} for sign in _SEPARATORS]
    return len(lines) > 1 and any(len(counts) == 1 and min(counts) > 1 for counts in columns)


def _small_words(text: str) -> float:
    """The share of words that prose needs and programs do not have, from 0 to 1."""
    said = words(text)
    return sum(word in _PROSE for word in said) / (len(said) or 1)
