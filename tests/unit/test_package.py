"""The package that pip builds has every file of the app, and says the same of itself in both of its files."""

import json
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

import prospect_mgmt
from tests.stack.packages import tool_environment
from tests.stack.paths import CHECKOUT
from tests.stack.process import StackError

APP = "prospect_mgmt"
READ_PYPROJECT = """
import json, pathlib
from flit_core.config import read_flit_config
print(json.dumps(read_flit_config(pathlib.Path("pyproject.toml")).metadata))
"""


@pytest.fixture(scope="module")
def python() -> Path:
	"""A Python with the build tools."""
	try:
		return tool_environment("package", ["flit_core>=3.4,<4", "setuptools>=69", "wheel"]) / "python"
	except StackError as problem:
		pytest.skip(f"no build tools: {problem}")


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
	"""A copy of what git has, as it is in the working tree."""
	target = tmp_path_factory.mktemp("source")
	for name in tracked():
		copy = target / name
		copy.parent.mkdir(parents=True, exist_ok=True)
		copy.write_bytes((CHECKOUT / name).read_bytes())
	return target


def tracked(below: str = ".") -> list[str]:
	listed = run(["git", "-c", "safe.directory=*", "ls-files", below], CHECKOUT).splitlines()
	return [name for name in listed if (CHECKOUT / name).is_file()]


def run(command: list, folder: Path) -> str:
	return subprocess.run(
		[str(part) for part in command], cwd=folder, capture_output=True, text=True, check=True
	).stdout


@pytest.mark.parametrize("backend", ["flit_core.buildapi", "setuptools.build_meta"])
def test_the_wheel_has_every_file(python, source, tmp_path, backend):
	code = f"from {backend} import build_wheel; build_wheel({str(tmp_path)!r})"
	run([python, "-c", code], source)
	[wheel] = tmp_path.glob("*.whl")
	assert set(tracked(APP)) - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_setup_py_says_what_pyproject_says(python, source, tmp_path):
	said = json.loads(run([python, "-c", READ_PYPROJECT], source))
	# Where there is a pyproject.toml, setup.py is not asked: look at it alone.
	for name in ("setup.py", f"{APP}/__init__.py"):
		(tmp_path / name).parent.mkdir(exist_ok=True)
		(tmp_path / name).write_bytes((source / name).read_bytes())
	fields = ("name", "version", "description", "author")
	stated = dict(
		zip(
			fields, run([python, "setup.py", *(f"--{f}" for f in fields)], tmp_path).splitlines(), strict=True
		)
	)
	assert (stated["name"], stated["description"]) == (said["name"], said["summary"])
	assert (stated["author"], stated["version"]) == (said["author"], prospect_mgmt.__version__)
	pyproject, setup = (source / "pyproject.toml").read_text(), (source / "setup.py").read_text()
	assert said["requires_python"] in setup
	for name, target in re.findall(r'^([a-z-]+) = "([\w.]+:\w+)"$', pyproject, re.MULTILINE):
		assert f"{name}={target}" in setup


def test_what_a_bench_reads_agrees():
	hooks = (CHECKOUT / APP / "hooks.py").read_text()
	pyproject = (CHECKOUT / "pyproject.toml").read_text()
	assert 'required_apps = ["frappe/erpnext"]' in hooks
	assert 'frappe = ">=15.0.0,<17.0.0"' in pyproject and 'erpnext = ">=15.0.0,<17.0.0"' in pyproject
	assert (CHECKOUT / APP / "modules.txt").read_text().split("\n")[0] == "Prospect Mgmt"


def test_the_demo_script_is_readable_by_bash():
	assert run(["bash", "-n", "scripts/demo"], CHECKOUT) == ""
