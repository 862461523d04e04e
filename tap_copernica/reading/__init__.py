"""Decides what to ask and when a list or window is complete."""
