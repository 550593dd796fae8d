"""A word that stands nowhere else, and every form in which it could have been kept."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import psycopg

# Typed and replied with a number behind it, which says where it was typed.
CANARY = "zqkanarienvogelqz"
_TOKEN = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")


def forms(word: str) -> dict[str, bytes]:
    """The word in the encodings that programs keep texts in. Compare without case."""
    plain = word.encode()
    found = {
        "text": plain,
        "utf-16": word.encode("utf-16-le"),
        "utf-16, big end first": word.encode("utf-16-be"),
        "hex": plain.hex().encode(),
        "percent signs": "".join(f"%{byte:02x}" for byte in plain).encode(),
        "JSON escapes": "".join(f"\\u{ord(character):04x}" for character in word).encode(),
        "backwards": plain[::-1],
    }
    for offset in range(3):
        # Whole groups of three bytes only: what stands before and behind would change the others.
        encoded = base64.b64encode(b"\0" * offset + plain)[4 if offset else 0 :]
        found[f"base64, offset {offset}"] = encoded[: len(encoded) // 4 * 4 - 4]
    return {name: form.lower() for name, form in found.items()}


FORMS = forms(CANARY)


def seen_in(content: bytes) -> list[str]:
    """Where the canary stands in these bytes: its form, and what surrounds it."""
    lowered = content.lower()
    found = []
    for name, form in FORMS.items():
        at = lowered.find(form)
        if at >= 0:
            found.append(f"{name}: …{content[max(0, at - 90) : at + len(form) + 50]!r}…")
    return found


def seen_in_rows(content: bytes) -> list[str]:
    """As `seen_in`, and within whatever is Base64, compressed or not: sessions, tasks, pickles."""
    found = seen_in(content)
    for token in set(_TOKEN.findall(content)):
        decoded = _decoded(token)
        found += [f"in {token[:40]!r}: {seen}" for inner in decoded for seen in seen_in(inner)]
    return found


def _decoded(token: bytes) -> Iterator[bytes]:
    try:
        plain = base64.b64decode(token.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=") + b"===")
    except binascii.Error:
        return
    yield plain
    try:
        yield zlib.decompress(plain)
    except zlib.error:
        return


def rows_of(url: str) -> Iterator[tuple[str, bytes]]:
    """Every table of the database with all of its rows as text."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables "
            "WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('information_schema')"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(f"SELECT t::text FROM {table} AS t").fetchall()
            yield table, "\n".join(row[0] for row in rows).encode()


def files_in(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below the folder with its content."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()
