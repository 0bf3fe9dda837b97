"""The README's example runs, and its file map is complete."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_runs(capsys):
    (snippet,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    namespace = {}
    exec(snippet, namespace)  # the very text a reader would copy
    assert namespace["pictures"].shape == (2, 1, 8, 8)
    assert "EpochEnd" in capsys.readouterr().out


def test_the_file_map_names_every_module():
    modules = [*ROOT.glob("ui/*.py"), *ROOT.glob("vae_core/*.py"), *ROOT.glob("pages/*.py")]
    names = {path.name for path in modules} - {"__init__.py"}
    assert [name for name in sorted(names) if name not in README] == []


def test_it_stays_short():
    assert len(README.splitlines()) <= 200
