"""`python3 -m prospect_mgmt.sheet`"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 (whoever tries it may have an older one)
	sys.exit("prospect-list: this needs Python 3.10 or newer. With another one: make try PYTHON=python3.12")

from prospect_mgmt.sheet.cli import main

sys.exit(main())
