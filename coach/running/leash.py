"""A process that waits for the supervisor's death, and then takes down what it had started: `kill -9` gives no time.

It is told over its standard input which process groups there are (`+123`, `-123`), and knows by the end of it that the
supervisor is gone. It holds the embedded database as well, which so ends with the last of them.
"""

import signal
import sys
from pathlib import Path

from coach.running.database import EmbeddedServer
from coach.running.supervisor import end_groups


def main() -> None:
    """The first argument is the data folder of the embedded database; none where another server is used."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    if sys.argv[1:]:
        EmbeddedServer(Path(sys.argv[1])).hold()
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    end_groups(sorted(groups))


if __name__ == "__main__":
    main()
