"""Lets a retry begin at once."""

import os

os.environ["COPERNICA_RETRY_SECONDS"] = "0.01"
