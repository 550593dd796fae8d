"""What the bench has measured, the bars, and the table that shows both."""

import statistics
from dataclasses import dataclass, field

from tests.bench.sender import Sent
from tests.bench.servers import Spent

HOME = "/"
# The whole of what somebody wrote, as a file: as large as that is. They are measured, and have no bars.
FILES = ("/account/export/", "/stories/stories.md")
# Of the requests a second of the bare view: home at least, any page at least.
HOME_SHARE, ANY_SHARE = 0.35, 0.15
HOME_QUERIES = 6
SIGN_IN_MILLISECONDS = 100
HEAVY_OVER_SMALL = 1.3


@dataclass
class Figures:
    """Of one page for one candidate. `shares`: its requests a second, of those of the bare view just before.

    `expected`: its status; a page may send on to another one. `wrong`: other statuses that came.
    """

    queries: int = 0
    expected: int = 200
    requests: int = 0
    seconds: float = 0.0
    spent: Spent = field(default_factory=Spent)
    bytes: int = 0
    milliseconds: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    wrong: set[int] = field(default_factory=set)

    def add(self, sent: Sent, spent: Spent) -> None:
        """Count one time slice."""
        self.requests += len(sent.milliseconds)
        self.seconds += sent.seconds
        self.spent.web += spent.web
        self.spent.database += spent.database
        self.bytes = sent.bytes
        self.milliseconds += sent.milliseconds
        self.wrong |= {status for status in sent.statuses if status != self.expected}

    @property
    def a_second(self) -> float:
        return self.requests / self.seconds

    @property
    def web(self) -> float:
        """Milliseconds of the web server's processor for a request."""
        return self.spent.web * 1000 / self.requests

    @property
    def database(self) -> float:
        """Milliseconds of PostgreSQL's processor for a request."""
        return self.spent.database * 1000 / self.requests

    @property
    def share(self) -> float:
        """Of the bare view's requests a second."""
        return statistics.median(self.shares)

    def processor_share(self, bare: "Figures") -> float:
        """The bare view's processor time for a request, of this page's."""
        return (bare.web + bare.database) / (self.web + self.database or float("inf"))

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.milliseconds, n=20)[-1]


@dataclass
class Page:
    """A route, as the heavy and as the small candidate sees it. `public`: it is the same for both."""

    path: str
    public: bool = False
    heavy: Figures = field(default_factory=Figures)
    small: Figures = field(default_factory=Figures)

    @property
    def growth(self) -> float:
        """Slowest twentieth, heavy over small."""
        return self.heavy.p95 / self.small.p95


def missed(pages: list[Page], bare: Figures, sign_in: float, *, by_processor: bool) -> list[str]:
    """The bars that do not hold, a sentence each. `sign_in`: milliseconds of processor."""
    told = []
    for page in pages:
        if wrong := sorted(page.heavy.wrong | page.small.wrong):
            told.append(f"{page.path} answered {', '.join(map(str, wrong))}")
        if page.path not in FILES:
            told += _missed_by(page, bare, by_processor)
    if sign_in > SIGN_IN_MILLISECONDS:
        told.append(f"signing in takes {sign_in:.0f} ms of processor, not {SIGN_IN_MILLISECONDS}")
    return told


def _missed_by(page: Page, bare: Figures, by_processor: bool) -> list[str]:
    told = []
    both = (page.heavy, page.small)
    share = min(one.processor_share(bare) if by_processor else one.share for one in both)
    if share < bar_of(page):
        of = "by processor" if by_processor else "by requests a second"
        told.append(f"{page.path} reaches {share:.2f} of the bare view {of}, not {bar_of(page)}")
    if not page.public and page.growth > HEAVY_OVER_SMALL:
        told.append(f"{page.path} takes the heavy candidate {page.growth:.2f} times as long, not {HEAVY_OVER_SMALL}")
    if page.path == HOME and page.heavy.queries > HOME_QUERIES:
        told.append(f"{page.path} needs {page.heavy.queries} queries, not {HOME_QUERIES}")
    return told


def bar_of(page: Page) -> float:
    """The least share of the bare view."""
    return HOME_SHARE if page.path == HOME else ANY_SHARE


HEAD = (
    f"{'page':32}{'a second':>9}{'of bare':>9}{'web ms':>8}{'db ms':>7}{'of bare':>9}{'bar':>6}"
    f"{'queries':>9}{'bytes':>9}{'p95 ms':>8}{'small':>8}{'ratio':>7}{'bar':>5}"
)


def lines(pages: list[Page], bare: Figures, sign_in: float) -> list[str]:
    """The table, a line for each page."""
    told = [HEAD, _line("(the bare view)", bare, bare)]
    for page in pages:
        bar = "" if page.path in FILES else f"{bar_of(page):.2f}"
        grown = f"{page.small.p95:8.1f}{page.growth:7.2f}"
        grown += f"{'' if page.path in FILES or page.public else HEAVY_OVER_SMALL:>5}"
        told.append(_line(page.path, page.heavy, bare, bar) + grown)
    home = next((page for page in pages if page.path == HOME), None)
    if home:
        told.append(f"home needs {home.heavy.queries} queries; the bar is {HOME_QUERIES}")
    told.append(f"signing in takes {sign_in:.0f} ms of processor; the bar is {SIGN_IN_MILLISECONDS} ms")
    return told


def _line(name: str, figures: Figures, bare: Figures, bar: str = "") -> str:
    share = f"{figures.share:9.2f}" if figures.shares else " " * 9
    return (
        f"{name:32}{figures.a_second:9.0f}{share}{figures.web:8.2f}{figures.database:7.2f}"
        f"{figures.processor_share(bare):9.2f}{bar:>6}"
        f"{figures.queries:9d}{figures.bytes:9d}{figures.p95:8.1f}"
    )
