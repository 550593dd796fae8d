"""How passwords are stored: as Argon2 hashes, computed so that many at once do not fill the memory."""

import os
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import Argon2PasswordHasher

AT_ONCE = 4


class _Hashing:
    """The only threads that hash. However many candidates sign in at once, hashes take the memory of AT_ONCE."""

    def __init__(self) -> None:
        self.start()
        # A forked process does not have its parent's threads.
        os.register_at_fork(after_in_child=self.start)

    def start(self) -> None:
        self.threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hashing")


hashing = _Hashing()


class Argon2(Argon2PasswordHasher):
    """Argon2id with OWASP's parameters (Password Storage Cheat Sheet, 2025: 19 MiB, two passes, one lane).

    Django's own parameters take 100 MiB and eight lanes: a hundred strangers who sign in at once would take 10 GB. One
    process computes at most AT_ONCE hashes at the same time. Machines seldom have more cores; the others wait.
    """

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        return hashing.threads.submit(super().encode, password, salt).result()

    def verify(self, password: str, encoded: str) -> bool:
        return hashing.threads.submit(super().verify, password, encoded).result()
