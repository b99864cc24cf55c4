import stat
from pathlib import Path

from pytest_django import Settings

from pbins.services.setup_code import forget_setup_code, make_setup_code, setup_code


def test_the_code_is_the_same_until_it_is_used_and_for_its_owner_alone(
    settings: Settings, tmp_path: Path
) -> None:
    settings.PBINS_DATA_DIR = tmp_path
    (tmp_path / "keys").mkdir()
    assert setup_code() == ""
    made = make_setup_code()
    assert made
    assert make_setup_code() == setup_code() == made
    (file,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    forget_setup_code()
    assert setup_code() == ""
