"""What the account consists of: its databases and collections, and the names of their streams and columns."""
