"""For tools that still ask for a setup.py; everything it says is in pyproject.toml."""

from pathlib import Path
from re import search

from setuptools import find_packages, setup

here = Path(__file__).parent
version = search(r'__version__ = "(.+?)"', (here / "prospect_mgmt" / "__init__.py").read_text())

setup(
	name="prospect_mgmt",
	version=version.group(1),
	description="A Prospect List and a Standard Operating Procedure for ERPNext: no lead is forgotten",
	author="Prospect Management contributors",
	license="GPL-3.0-or-later",
	packages=find_packages(include=["prospect_mgmt", "prospect_mgmt.*"]),
	include_package_data=True,
	zip_safe=False,
	python_requires=">=3.10",
	entry_points={"console_scripts": ["prospect-list=prospect_mgmt.sheet.cli:main"]},
)
