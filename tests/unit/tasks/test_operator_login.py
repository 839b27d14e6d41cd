"""Who operates the service, where nobody said so."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config.settings import OperatorLogin, Settings, SettingsError
from tasks.operator_login import login_file, login_of


def test_a_login_that_is_set_is_the_login(tmp_path: Path) -> None:
    """It is taken as it is, and nothing is written."""
    settings = Settings.from_env({"DATA_DIR": str(tmp_path), "OPERATOR_LOGIN": "ann:long-enough"})
    assert login_of(settings) == OperatorLogin("ann", "long-enough")
    assert list(tmp_path.iterdir()) == []


def test_otherwise_all_processes_find_one_of_chance(tmp_path: Path) -> None:
    """Whoever asks first writes it, for itself and everybody after; only its user can read it."""
    settings = Settings.from_env({"DATA_DIR": str(tmp_path / "new")})
    with ThreadPoolExecutor(8) as threads:
        found = {login_of(settings) for _ in threads.map(lambda _: login_of(settings), range(40))}
    (login,) = found
    assert (login.name, len(login.password)) == ("operator", 16)
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["operator-password"]
    assert login_file(settings).stat().st_mode & 0o777 == 0o600


def test_other_machines_need_one_that_is_set(tmp_path: Path) -> None:
    """A password in a file of this machine helps nobody elsewhere."""
    env = {"DATA_DIR": str(tmp_path), "HOST": "0.0.0.0", "API_KEYS": "demo:0123456789abcdef"}
    with pytest.raises(SettingsError, match="set OPERATOR_LOGIN=user:password"):
        login_of(Settings.from_env(env))
