"""Rows made records: types of fields, casts, and the buffer that holds records until they are written."""
