"""`python3 -m prospect_mgmt.sheet`"""

import sys

from prospect_mgmt.sheet.cli import main

sys.exit(main())
