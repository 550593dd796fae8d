"""How passwords are kept: as Argon2 hashes whose memory cannot be used against us."""

import threading

from django.contrib.auth.hashers import Argon2PasswordHasher

AT_ONCE = 8


class Argon2(Argon2PasswordHasher):
    """Argon2id with OWASP's parameters (Password Storage Cheat Sheet, 2025: 19 MiB, two passes, one lane).

    Django's own take 100 MiB and eight lanes, so that a hundred strangers who sign in at once would take 10 GB. At most
    AT_ONCE are computed at the same time in one process; there are seldom more cores, and the others wait their turn.
    """

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1
    _turns = threading.BoundedSemaphore(AT_ONCE)

    def encode(self, password: str, salt: str) -> str:
        with self._turns:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with self._turns:
            return super().verify(password, encoded)
