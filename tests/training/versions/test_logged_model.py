import stat
from pathlib import Path

from training.versions.logged_model import copy_python


def test_code_travels_without_anything_else_and_can_be_removed_afterwards(tmp_path: Path):
    code = tmp_path / "model"
    (code / "strategies").mkdir(parents=True)
    (code / "strategies" / "one.py").write_text("1")
    (code / "recommendation_model.pkl").write_text("not code")
    (code / "strategies" / "one.py").chmod(0o444)
    (code / "strategies").chmod(0o555)
    copy_python(code, tmp_path / "copy")
    copied = [path for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    assert copied == [tmp_path / "copy" / "strategies" / "one.py"]
    assert copied[0].read_text() == "1"
    assert all(path.stat().st_mode & stat.S_IWUSR for path in (*copied, copied[0].parent))
