"""The keys of an installation are made once, and nobody else can read them."""

import stat
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from coach.running import secret_keys


def test_keys_are_made_once_and_their_place_is_told_once(tmp_path, capsys):
    made = secret_keys.load_or_create(tmp_path / "data")

    assert str(tmp_path / "data" / "secrets.env") in capsys.readouterr().err
    assert len(made.secret_key) >= 50
    Fernet(*made.encryption_keys)

    assert secret_keys.load_or_create(tmp_path / "data") == made
    assert capsys.readouterr().err == ""


def test_only_the_owner_can_read_them(tmp_path):
    secret_keys.load_or_create(tmp_path / "data")

    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "data" / "secrets.env").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secrets.env"]


def test_processes_that_start_together_agree_on_the_keys(tmp_path):
    program = (
        "import sys, pathlib; from coach.running import secret_keys; sys.stdin.read(1);"
        "print(secret_keys.load_or_create(pathlib.Path(sys.argv[1])))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        process.stdin.write("g")
        process.stdin.flush()
    answers = [process.communicate() for process in processes]

    assert len({keys for keys, _ in answers}) == 1
    assert sum("New keys" in told for _, told in answers) == 1


def test_several_encryption_keys_are_kept_in_order(tmp_path):
    (tmp_path / "secrets.env").write_text("# a remark\nSECRET_KEY=a=b\nCOACH_ENCRYPTION_KEYS=new= , old=,\n")

    assert secret_keys.load_or_create(tmp_path) == ("a=b", ["new=", "old="])


@pytest.mark.parametrize("content", ["", "SECRET_KEY=only", "COACH_ENCRYPTION_KEYS=only", "SECRET_KEY=\nnonsense"])
def test_a_damaged_file_is_refused_and_not_replaced(tmp_path, content):
    (tmp_path / "secrets.env").write_text(content)

    with pytest.raises(ImproperlyConfigured, match="Put back a copy"):
        secret_keys.load_or_create(tmp_path)
    assert (tmp_path / "secrets.env").read_text() == content


def test_a_database_whose_keys_are_gone_gets_no_new_ones(tmp_path):
    (tmp_path / "postgres").mkdir()

    with pytest.raises(ImproperlyConfigured, match="the keys that read it are gone"):
        secret_keys.load_or_create(tmp_path)
    assert not (tmp_path / "secrets.env").exists()


def test_a_folder_that_cannot_be_made_is_told_plainly(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ImproperlyConfigured, match="Set COACH_DATA_DIR"):
        secret_keys.load_or_create(tmp_path / "file" / "data")
