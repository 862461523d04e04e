"""Bulk files: what `batch_config` asks for, instead of RECORD messages."""
