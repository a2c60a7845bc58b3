"""What `make test` says of tests that failed: only those that pass when they are run again, alone, are forgiven, and named."""

import pytest

from tests.stack import runner

FAILED, ERROR, PASSED = "<failure/>", "<error/>", ""


def write(path, *cases: tuple[str, str]) -> None:
	inner = "".join(f'<testcase classname="page" name="{name}">{how}</testcase>' for name, how in cases)
	path.write_text(f'<testsuites><testsuite time="1.5">{inner}</testsuite></testsuites>')


@pytest.fixture
def reports(tmp_path, monkeypatch):
	monkeypatch.setattr(runner, "report", lambda name: tmp_path / f"{name}.xml")
	return tmp_path


@pytest.mark.parametrize(
	("again", "ok", "text"),
	[
		(None, False, "1 passed, 1 FAILED"),
		([("late", PASSED)], True, "2 passed, 1 of them only when run again, alone: page::late"),
		([("late", FAILED)], False, "1 passed, 1 FAILED"),
		([("other", PASSED)], False, "1 passed, 1 FAILED"),
		([], False, "1 passed, 1 FAILED"),
	],
)
def test_a_second_run_forgives_what_passes_in_it(reports, again, ok, text):
	write(reports / "browser.xml", ("late", FAILED), ("late", ERROR), ("good", PASSED))
	if again is not None:
		write(reports / "browser-again.xml", *again)
	result = runner.read_result("browser")
	assert (result.ok, result.text, result.seconds) == (ok, text, 1.5)


def test_a_run_that_broke_off_has_failed(reports):
	assert not runner.read_result("browser").ok
