import pytest


@pytest.fixture(autouse=True)
def _isolated(isolated_site):
	"""Every test in this directory runs on the site and leaves no trace."""
