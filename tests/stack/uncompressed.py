"""The settings of a first run, which leaves scripts as they are: to compress them takes half a minute."""

from whitenoise.compress import Compressor

from coach.settings import *  # noqa: F403

WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "js", "map")
