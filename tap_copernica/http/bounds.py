"""Bounds on answers that never end or make no sense: bytes, rows, pages, calls, depth.

Each bound lies far beyond what an account has. A run that reaches one ends with an error that says so.
"""

from __future__ import annotations

# One answer: in memory (a page of 1000 rows is below 2 MB), and in a temporary file (a page of ids; the
# log of a day with thirty million mails).
MOST_BYTES = 128 << 20
MOST_PAGE_BYTES = 2 << 30
MOST_FILE_BYTES = 16 << 30

# JSON that is read while it arrives: bytes before its array, bytes of one element, bytes after the array.
MOST_HEAD = 1 << 12
MOST_ELEMENT = 32 << 20
MOST_TAIL = 1 << 16

# Objects and lists within each other: parsers and loaders follow a few hundred. What is deeper becomes null,
# and an answer that is deeper than the second number is no JSON: one may open brackets without end.
MOST_DEPTH = 100
MOST_BRACKETS = 100_000

# Rows of a list; a larger total is not believed. Rows of a list without an envelope, which is short.
MOST_ROWS = 100_000_000
MOST_BARE_ROWS = 1_000_000

# Pages of a list that cannot be cut, once the rows that its total promised have come. After the first number
# of pages a row beyond all real lists is asked for. If there is none, the list has an end, and may have as
# many pages as the second number.
MOST_UNPROMISED_PAGES = 1000
MOST_PAGES_WITH_AN_END = 100_000

# A list of ids may have twice as many as it should, and this many more.
MOST_MORE_IDS = 1000

# After so many calls for a list of profiles its total is asked for, to see whether the list can be that long;
# again after four times as many calls, and so on.
CALLS_BEFORE_DOUBT = 250
MORE_DOUBT = 4

MOST_REDIRECTS = 3
