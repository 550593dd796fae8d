"""What stands in `.env` or in the environment means what its reader means, or is refused by its line."""

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from coach.running import setting_values
from coach.running.setting_values import Values
from tests.environment import ROOT, documented_settings

SECRET = "sk-nobody-may-see-this"
README_VALUES = [
    {"OPENAI_API_KEY": "sk-put-your-own-here", "COACH_MODEL": "gpt-4.1-mini"},
    {"OPENAI_BASE_URL": "http://localhost:8080/v1", "COACH_MODEL": "the-name-it-serves"},
]
DOCUMENTED_VALUES = [
    {
        "SITE": "coach.example.com",
        "POSTGRES_PASSWORD": "only-letters-and-digits-here",
        "OPENAI_API_KEY": "sk-put-your-own-here",
    },
    {"ALLOWED_HOSTS": "coach.example.com", "COACH_HTTPS": "true", "COACH_TRUSTED_PROXIES": "127.0.0.1"},
]


@pytest.fixture
def env_file(tmp_path, monkeypatch):
    """Writes a `.env`; the environment that it is read into has no settings, and is thrown away afterwards."""
    monkeypatch.setattr(os, "environ", {})

    def write(content: str | bytes) -> Path:
        path = tmp_path / ".env"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def parsed(path: Path) -> dict[str, str]:
    return {name: line.value for name, line in setting_values.read(path).items()}


def settings_in(page: Path) -> list[str]:
    """The code blocks of a page that set something."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return [block for block in blocks if re.search(r"^(export )?[A-Z_]+=", block, flags=re.MULTILINE)]


def test_the_blocks_of_the_readme_and_the_documents_mean_what_they_show(env_file):
    readme = settings_in(ROOT / "README.md")
    documents = [block for page in sorted((ROOT / "docs").glob("*.md")) for block in settings_in(page)]

    assert [parsed(env_file(block)) for block in readme] == README_VALUES
    assert [parsed(env_file(block)) for block in documents] == DOCUMENTED_VALUES
    for block in readme:
        os.environ.clear()
        env = Values(env_file(block))
        assert (env.key("OPENAI_API_KEY"), env.address("OPENAI_BASE_URL")) != ("", "")


def test_every_line_of_the_example_can_be_taken_out_of_its_remark(env_file):
    lines = (ROOT / ".env.example").read_text().splitlines()
    uncommented = [re.sub(r"^# (?=[A-Z_]+=)", "", line) for line in lines]

    models = {name: "" for name in documented_settings() if name.startswith("COACH_MODEL_")}
    assert models | parsed(env_file("\n".join(uncommented))) == documented_settings()


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("A=b   # a comment", "b"),
        ("A=b\t# a comment # and more", "b"),
        ("A=p#ss$w&rd", "p#ss$w&rd"),
        ("A=http://h/v1#part  # comment", "http://h/v1#part"),
        ("A=a=b c=d", "a=b c=d"),
        ("A=", ""),
        ("A= # nothing yet", ""),
        ("A='b # c'  # d", "b # c"),
        ('A="b # c" # it\'s d', "b # c"),
        (r'A="a\"b\\c\$d\n"', 'a"b\\c$d\\n'),
        (r"A='a\b'", r"a\b"),
        ("A=''", ""),
        ("  export  A = b ", "b"),
        ("A=it's", "it's"),
        ("A=$HOME", "$HOME"),
        ("A=${B}", "${B}"),
        ("A=grüße 你好", "grüße 你好"),
    ],
)
@pytest.mark.parametrize("form", ["{}", "\ufeff{}", "# first\r\n\r\n{}\r\nB=1\r\n", "B=1\r{}", "{}\n{}"])
def test_a_line_is_read_as_a_shell_would(env_file, line, value, form):
    assert parsed(env_file(form.replace("{}", line)))["A"] == value


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (SECRET, "this is neither NAME=value nor a remark"),
        (f"OPENAI KEY={SECRET}", "this is neither"),
        (f"openai-key: {SECRET}", "this is neither"),
        (f"set A={SECRET}", "this is neither"),
        (f"A=#{SECRET}", "A: a value that begins with #"),
        (f'A="{SECRET}', "A: a quotation mark opens"),
        (f"A='{SECRET}' {SECRET}", "A: a quotation mark opens"),
        (f'A="{SECRET}"# a comment', "A: a quotation mark opens"),
        (f'A={SECRET}"', "A: a quotation mark closes"),
        (f"export A={SECRET}'  # comment", "A: a quotation mark closes"),
        (f"A={SECRET}\u200b", "A has a control character in it, or another that nobody sees"),
        (f"B={SECRET}2", "B has another value in line 1"),
        (f"A={SECRET}\x00", "A has a control character"),
        (f"<<<<<<< {SECRET}", "this is neither"),
        (f"A＝{SECRET}", "this is neither"),
    ],
)
def test_a_line_that_means_nothing_is_refused_by_its_number_and_not_shown(env_file, line, told):
    with pytest.raises(ImproperlyConfigured, match=rf"^\.env, line 3: {told}") as refusal:
        Values(env_file(f"B={SECRET}\n\n{line}\nC=1"))
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize("content", [b"A=\xe4", "A=b".encode("utf-16")])
def test_a_file_in_another_encoding_is_refused(env_file, content):
    with pytest.raises(ImproperlyConfigured, match="no UTF-8 text"):
        Values(env_file(content))


def test_a_file_that_cannot_be_read_is_refused_and_one_that_is_not_there_is_not(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        Values(tmp_path)
    assert Values(tmp_path / ".env").lines == {}


def test_the_environment_wins_and_nothing_behind_the_sign_leaves_the_default(env_file):
    os.environ.update(A="environment", B=" ", C="$D")
    env = Values(env_file("A=file\nD=file\nPORT=\nNUMBER= # none\n"))

    assert [env.text(name, "default") for name in "ABCDE"] == ["environment", "default", "$D", "file", "default"]
    assert (env.whole("PORT", 8000), env.decimal("NUMBER", 2.5, least=0, most=9)) == (8000, 2.5)
    with pytest.raises(ImproperlyConfigured, match="^In the environment: A must be"):
        env.whole("A", 1)
    with pytest.raises(ImproperlyConfigured, match=r"^\.env, line 2: D must be"):
        env.switch("D", True)


@pytest.mark.parametrize(
    ("sign", "says"),
    [("\n", "a line break"), ("\u200b", "that nobody sees"), ("é", "cannot be sent"), ("'", "a quotation")],
)
def test_a_key_in_the_environment_that_cannot_be_sent_is_refused_without_being_shown(env_file, sign, says):
    os.environ["A"] = f"{SECRET}{sign}{SECRET}"
    with pytest.raises(ImproperlyConfigured, match=f"^In the environment: A has .*{says}.*: copy it anew") as it:
        Values(env_file("")).key("A")
    assert SECRET not in str(it.value)


# The lines that go into the `.env` of a checkout, and how the refusal ends.
REFUSED = {
    f"OPENAI_API_KEY={SECRET} {SECRET}": "has a space",
    f"OPENAI_API_KEY=“{SECRET}”": "curly quotation marks",
    f"OPENAI_API_KEY={SECRET}…": "cannot be sent",
    f"OPENAI_API_KEY={SECRET}é": "cannot be sent",
    f'OPENAI_API_KEY={SECRET}"x': "quotation mark",
    f"OPENAI_API_KEY={SECRET}\u200b": "that nobody sees",
    f'COACH_TRANSCRIBE_API_KEY={SECRET}"x': "quotation mark",
    f"OPENAI_API_KEY=<{SECRET}>": "that no key has",
    "OPENAI_API_KEY=${SOME_OTHER_NAME}": "that no key has",
    "OPENAI_API_KEY=$(cat_my_key)": "that no key has",
    f"OPENAI_API_KEY={SECRET},": "that no key has",
    f"OPENAI_API_KEY=Bearer {SECRET}": "has a space",
    f"openai_api_key={SECRET}": "is written in capitals",
    f"COACH_DAILY_TOKEN={SECRET}": "is no setting",
    f"COACH_MODEL_EVALUATE_ANSWERS={SECRET}": "is no setting",
    f"SECRET_KEY=‘{SECRET}’": "curly quotation marks",
    f"COACH_ENCRYPTION_KEYS={SECRET}": "44 characters",
    f"DATABASE_URL={SECRET}:5432/coach": "must be an address like postgresql://",
    f"DATABASE_URL=mysql://u:{SECRET}@host/coach": "must be an address like postgresql://",
    f"DATABASE_URL=postgresql://u:{SECRET}/a@host/coach": "is written %2F",
    "DATABASE_URL=postgresql://host:5432": "must be an address like postgresql://",
    "OPENAI_BASE_URL=localhost:8080/v1": "with http:// or https://",
    "OPENAI_BASE_URL=//localhost/v1": "with http:// or https://",
    "OPENAI_BASE_URL=http://": "with http:// or https://",
    "OPENAI_BASE_URL=http://localhost:port/v1": "with http:// or https://",
    "OPENAI_BASE_URL=http://local host/v1": "with http:// or https://",
    "OPENAI_BASE_URL=https://api.example.com/v1/chat/completions": "with nothing behind it",
    "OPENAI_BASE_URL=https://api.example.com/v1#comment": "with nothing behind it",
    "OPENAI_BASE_URL=https://api.example.com/v1,": "with nothing behind it",
    "COACH_TRANSCRIBE_BASE_URL=speech.example.com": "with http:// or https://",
    "COACH_DATA_DIR=$HOME/coach": "write the folder out",
    "COACH_DATA_DIR=~nobody-of-this-name/coach": "home folder of nobody",
    "HOST=http://0.0.0.0": "without http://",
    "HOST=0.0.0.0:8000": "without a port",
    "DATABASE_URL=postgresql://host:port/name": "must be an address like postgresql://",
    "CSRF_TRUSTED_ORIGINS=https://a.example,b.example": "https://coach.example.com",
    "CSRF_TRUSTED_ORIGINS=https://a.example/path": "https://coach.example.com",
    "ALLOWED_HOSTS=https://coach.example.com": "without https://",
    "ALLOWED_HOSTS=coach.example.com:443": "without a port",
    "COACH_TRUSTED_PROXIES=nginx": "addresses or networks",
    "COACH_JOINING=everybody": "must be open, invite or closed",
    "COACH_HTTPS=ture": "must be true or false",
    "DEBUG=2": "must be true or false",
    "PORT=http": "must be a whole number",
    "PORT=70000": "must be at most 65535",
    "COACH_WEB_THREADS=1": "must be at least 2",
    "COACH_DAILY_TOKENS=250,000": "must be a whole number",
    "COACH_DAILY_TOKENS=²": "must be a whole number",
    f"COACH_STORIES={'9' * 5000}": "must be at most",
    "COACH_ANSWER_CHARACTERS=0": "must be at least 1",
    "COACH_LLM_TOTAL_SECONDS=45s": "must be a number",
    "COACH_LLM_TOTAL_SECONDS=inf": "must be a number",
    "COACH_LLM_FIRST_TOKEN_SECONDS=0": "must be at least 0.1",
    **{
        f"COACH_PRICES={table}": "gpt-4.1-mini=0.40/0.10/1.60"
        for table in ("small", "small=1/2", "small=a/b/c", "=1/2/3", "small=1/2/-3", "s=1/2/nan", "s=1/2/3,t=1/2/3")
    },
}
# Every number of ours: text and a number below nought are refused for each.
NUMBERS = [
    name
    for name, value in documented_settings().items()
    if re.fullmatch(r"[0-9.]+", value) and not name.endswith("HOST")
]


@pytest.mark.parametrize("line", [*REFUSED, *(f"{name}={bad}" for name in NUMBERS for bad in ("-1", "many"))])
def test_a_value_that_cannot_be_right_is_refused_with_its_line_before_anything_is_made(checkout, line):
    (checkout / ".env").write_text(f"# two lines\n\n{line}  # comment\n")
    name, _, value = line.partition("=")

    with pytest.raises(
        ImproperlyConfigured, match=rf"^\.env, line 3: {name} .*{re.escape(REFUSED.get(line, ''))}"
    ) as it:
        load(checkout)
    assert (len(value) < 8 or value not in str(it.value)) and SECRET not in str(it.value)
    assert not (checkout / ".data").exists()


@pytest.mark.parametrize(
    ("line", "setting", "value"),
    [
        ("ALLOWED_HOSTS=a.example, .b.example,[::1]", "ALLOWED_HOSTS", ["a.example", ".b.example", "[::1]"]),
        ("ALLOWED_HOSTS=*", "ALLOWED_HOSTS", ["*"]),
        ("CSRF_TRUSTED_ORIGINS=https://a.b/, https://*.c:8443", "CSRF_TRUSTED_ORIGINS", ["https://a.b", "https://*.c:8443"]),
        ("OPENAI_BASE_URL='http://[::1]:8080/v1' # here", "OPENAI_BASE_URL", "http://[::1]:8080/v1"),
        ("OPENAI_BASE_URL=https://api.example.com/v1/", "OPENAI_BASE_URL", "https://api.example.com/v1/"),
        ("OPENAI_API_KEY=sk-a.b_c~d+e/f==", "OPENAI_API_KEY", "sk-a.b_c~d+e/f=="),
        ("COACH_DATA_DIR=~/coach", "DATA_DIR", Path("~/coach").expanduser().resolve()),
        ("HOST=::", "HOST", "::"),
        ("NOT_OURS=1\nhttp_proxy=x\nPORT=7", "PORT", 7),
        ("COACH_HTTPS=Yes", "HTTPS", True),
        ("COACH_DAILY_TOKENS=1_000_000", "COACH_DAILY_TOKENS", 1_000_000),
        ("COACH_CALLS_AT_ONCE=0", "COACH_CALLS_AT_ONCE", 0),
        ("COACH_LLM_TOTAL_SECONDS=7.5", "LLM_TOTAL_SECONDS", 7.5),
        ("COACH_MODEL_PLAN_CHAT=large # for the chat", "COACH_MODELS", {"plan_chat": "large"}),
        ("SECRET_KEY=$a#b&(c", "SECRET_KEY", "$a#b&(c"),
    ],
)  # fmt: skip
def test_a_value_that_can_be_right_is_taken_as_it_is_meant(checkout, line, setting, value):
    (checkout / ".env").write_text(f"{line}\n")

    assert load(checkout)[setting] == value


@pytest.mark.parametrize("password", ["p#w", "p@w", "p:w", "p$w", "p&w", "p%w", "p+w", "p[w", "pä w", "p'w", "p\\w"])
def test_a_password_of_the_database_may_have_signs_in_it(checkout, password):
    (checkout / ".env").write_text(f"DATABASE_URL=postgresql://u:{password}@h:5432/db  # there\n")

    assert load(checkout)["DATABASES"]["default"].items() >= {"PASSWORD": password, "HOST": "h", "NAME": "db"}.items()


ENTRIES = (
    *(["manage.py", command] for command in ("serve", "worker", "migrate")),
    ["-c", "import coach.wsgi"],
    ["-m", "coach.running.web_server"],
)


def test_every_way_in_refuses_in_one_sentence_and_ends_with_1(program):
    (program / ".env").write_text("COACH_MODEL=small # a model\nCOACH_DAILY_TOKENS=many\n")
    environment = {name: value for name, value in os.environ.items() if name not in documented_settings()}
    processes = [
        subprocess.Popen([sys.executable, *entry], cwd=program, env=environment, stderr=subprocess.PIPE, text=True)
        for entry in ENTRIES
    ]
    for entry, process in zip(ENTRIES, processes, strict=True):
        _, said = process.communicate(timeout=60)
        assert (process.returncode, said) == (
            1,
            ".env, line 2: COACH_DAILY_TOKENS must be a whole number, in digits only.\n",
        ), entry
    assert not (program / ".data").exists()


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder with the settings and nothing else, and an environment of its own."""
    (tmp_path / "coach").mkdir()
    (tmp_path / "llm_modes").symlink_to(ROOT / "llm_modes")
    shutil.copy(ROOT / "coach" / "settings.py", tmp_path / "coach")
    kept = {name: value for name, value in os.environ.items() if name not in documented_settings()}
    monkeypatch.setattr(os, "environ", kept)
    return tmp_path


def load(checkout: Path) -> dict[str, object]:
    """The settings of that folder, with keys and a database so that none is made, unless its `.env` has its own."""
    own = setting_values.read(checkout / ".env")
    given = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "SECRET_KEY": "x"}
    given["COACH_ENCRYPTION_KEYS"] = "b25seS1mb3ItdGhlLWNoZWNrcy0wMTIzNDU2Nzg5LWE="
    os.environ.update({name: value for name, value in given.items() if name not in own})
    return runpy.run_path(str(checkout / "coach" / "settings.py"))


@pytest.fixture
def program(tmp_path):
    """A copy of the program, which can have a `.env` of its own."""
    for name in ("coach", "plans", "study", "llm_modes"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    return tmp_path
