"""What an answer may cost that never ends or makes no sense: bytes, rows, pages, calls, depth.

Each bound lies far beyond what an account has. A run that meets one gets an error that says so.
"""

from __future__ import annotations

# One answer: in memory (a page of 1000 rows is below 2 MB), and in a temporary file (a page of ids; the
# log of a day with thirty million mails).
MOST_BYTES = 128 << 20
MOST_PAGE_BYTES = 2 << 30
MOST_FILE_BYTES = 16 << 30

# JSON that is read while it arrives: what may come before its array, one element of it, and what may come
# after it.
MOST_HEAD = 1 << 12
MOST_ELEMENT = 32 << 20
MOST_TAIL = 1 << 16

# Objects and lists within each other: parsers and loaders follow a few hundred. What is deeper becomes null,
# and an answer that is deeper than the second number is no JSON: one may open brackets without end.
MOST_DEPTH = 100
MOST_BRACKETS = 100_000

# Rows of a list: a total beyond that promises nothing. Bare lists are short.
MOST_ROWS = 100_000_000
MOST_BARE_ROWS = 1_000_000

# Pages that no total promised, of what cannot be split in time. After the first many, it is asked for a
# row where no list has one; where that is empty, so many are read.
MOST_UNPROMISED_PAGES = 1000
MOST_PAGES_WITH_AN_END = 100_000

# Ids beyond twice those that a list should have.
MOST_MORE_IDS = 1000

# Calls for a list of profiles after which it is asked for its total, and how many times more until it is
# asked again.
CALLS_BEFORE_DOUBT = 250
MORE_DOUBT = 4

MOST_REDIRECTS = 3
