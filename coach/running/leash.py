"""A process that waits for the supervisor's death, and then ends all that the supervisor had started.

A supervisor that is killed with `kill -9` cannot do so itself. The leash is told over its standard input which process
groups there are (`+123`, `-123`). When that input ends, the supervisor is gone. The leash is attached to the embedded
database too, which therefore stops with the last process of all.
"""

import signal
import sys
from pathlib import Path

from coach.running.database import EmbeddedServer
from coach.running.supervisor import end_groups
from coach.running.watching import lines


def main() -> None:
    """The first argument is the data folder of the embedded database; there is none where another server is used."""
    lines.speak()
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
