"""`python -m copernica_report`: the same as `copernica-report`."""

import sys

from copernica_report.cli import main

sys.exit(main())
