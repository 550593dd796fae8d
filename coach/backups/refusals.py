"""Why a backup was not made or not restored, in a sentence for whoever runs this."""


class BackupRefused(Exception):
    """Nothing was changed. The text is one or two sentences, and quotes nothing that a candidate wrote."""


class NotABackup(BackupRefused):
    """The file is none of ours."""


class Damaged(BackupRefused):
    """The file is one of ours, and is not as it was written."""


class WrongSecret(BackupRefused):
    """The key or the passphrase does not open the file."""
