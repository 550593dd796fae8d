"""The keys in a backup come to a machine that has none, and never take the place of those that are in use."""

import pytest
from cryptography.fernet import Fernet

from coach.backups import keys_inside
from coach.backups.refusals import BackupRefused
from coach.running import secret_keys
from coach.running.secret_keys import SecretKeys


@pytest.fixture
def machine(settings, tmp_path, monkeypatch):
    """A data folder with keys of its own, which this process has."""
    monkeypatch.delenv("COACH_ENCRYPTION_KEYS", raising=False)
    own = SecretKeys("own", [Fernet.generate_key().decode()])
    secret_keys.write(tmp_path / "secrets.env", own)
    settings.DATA_DIR, settings.SECRET_KEY, settings.ENCRYPTION_KEYS = tmp_path, *own
    return tmp_path


INSIDE = secret_keys.as_lines(SecretKeys("theirs", [Fernet.generate_key().decode()]))


def test_keys_that_nothing_was_written_under_are_put_aside(machine, settings):
    before = (machine / "secrets.env").read_text()
    with keys_inside.brought(INSIDE, unused=True) as done:
        assert secret_keys.parsed(INSIDE).encryption_keys == settings.ENCRYPTION_KEYS
    assert "secrets.env now" in done
    assert (machine / "secrets.env").read_text() == INSIDE
    [aside] = machine.glob("secrets.env.unused-*")
    assert aside.read_text() == before


def test_when_the_restore_fails_the_keys_are_as_they_were(machine, settings):
    before, ring = (machine / "secrets.env").read_text(), settings.ENCRYPTION_KEYS
    with pytest.raises(BackupRefused), keys_inside.brought(INSIDE, unused=True):
        raise BackupRefused
    assert [file.name for file in machine.iterdir()] == ["secrets.env"]
    assert (machine / "secrets.env").read_text() == before
    assert ring == settings.ENCRYPTION_KEYS


def test_keys_in_use_are_never_replaced(machine, monkeypatch):
    before = (machine / "secrets.env").read_text()
    with pytest.raises(BackupRefused, match="has other keys"), keys_inside.brought(INSIDE, unused=False):
        pass
    monkeypatch.setenv("COACH_ENCRYPTION_KEYS", "set")
    with pytest.raises(BackupRefused, match="COACH_ENCRYPTION_KEYS is set"), keys_inside.brought(INSIDE, unused=True):
        pass
    assert (machine / "secrets.env").read_text() == before


def test_keys_that_are_there_already_stay_as_they_are(machine):
    with keys_inside.brought(keys_inside.text(), unused=False) as done:
        assert "those that are set here" in done
    assert [file.name for file in machine.iterdir()] == ["secrets.env"]
