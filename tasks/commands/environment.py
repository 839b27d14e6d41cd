"""The settings of a command: read from the environment once, when the command runs."""

import os

from config.settings import Settings


def settings() -> Settings:
    """The settings; raises SettingsError naming the variable."""
    return Settings.from_env(os.environ)
