"""How passwords are kept: as Argon2 hashes, whose memory cannot be used against us."""

import os
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import Argon2PasswordHasher

AT_ONCE = 4


class _Hashing:
    """The threads that hash, the only ones: what a thread once took for a hash it keeps (64 of them kept 700 MB)."""

    def __init__(self) -> None:
        self.start()
        # A forked process has none of its parent's threads.
        os.register_at_fork(after_in_child=self.start)

    def start(self) -> None:
        self.threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hashing")


hashing = _Hashing()


class Argon2(Argon2PasswordHasher):
    """Argon2id with OWASP's parameters (Password Storage Cheat Sheet, 2025: 19 MiB, two passes, one lane).

    Django's own take 100 MiB and eight lanes, so that a hundred strangers who sign in at once would take 10 GB. At most
    AT_ONCE are computed at the same time in one process; there are seldom more cores, and the others wait their turn.
    """

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        return hashing.threads.submit(super().encode, password, salt).result()

    def verify(self, password: str, encoded: str) -> bool:
        return hashing.threads.submit(super().verify, password, encoded).result()
