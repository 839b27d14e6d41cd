"""The login of operators, for the pages that show all organisations: Flower and ``/ops``.

Who runs the service without saying one gets a password of chance, which the processes of one
machine share through a file that only their user can read.
"""

import os
import secrets
from pathlib import Path

from config.settings import LOOPBACK_HOSTS, OperatorLogin, Settings, SettingsError

NAME = "operator"
PASSWORD_BYTES = 12


def login_of(settings: Settings) -> OperatorLogin:
    """The login that is set, else that of the data folder, made at the first call.

    Raises SettingsError where other machines can call and none is set.
    """
    if settings.operator_login:
        return settings.operator_login
    if settings.host not in LOOPBACK_HOSTS:
        raise SettingsError(
            f"HOST={settings.host} shows Flower and /ops to other machines: set OPERATOR_LOGIN=user:password"
        )
    return OperatorLogin(NAME, _password_in(login_file(settings)))


def login_file(settings: Settings) -> Path:
    """Where the password of chance is."""
    return settings.data_dir / "operator-password"


def _password_in(file: Path) -> str:
    """The password in the file; of several processes that begin at once, one writes it."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(PASSWORD_BYTES), "utf-8")
        try:
            os.link(draft, file)  # Fails where another process was quicker, and never shows half a file.
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text("utf-8")
