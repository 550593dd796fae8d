"""What the public half of a backup key looks like, for the settings: without loading what encrypts."""

import re

_PUBLIC = re.compile(r"age1[02-9ac-hj-np-z]{58}")


def checked(written: str) -> str:
    """The same text, "" included. Raises ValueError, whose text does not quote it."""
    if written and not _PUBLIC.fullmatch(written):
        raise ValueError(
            "must be the public half of a backup key, which begins with age1; manage.py backup --new-key makes a pair"
        )
    return written
