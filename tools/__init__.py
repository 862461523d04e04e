"""Commands for whoever works on the tap."""
