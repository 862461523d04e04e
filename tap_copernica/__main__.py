"""Runs the tap: the command `tap-copernica`, and `python -m tap_copernica`."""

import gc


def main() -> None:
    """Import the tap, and run its command."""
    # What is imported stays to the end: looking for garbage in it takes a sixth of the start.
    gc.disable()
    from tap_copernica.tap import TapCopernica  # noqa: PLC0415 - after the line above

    gc.freeze()
    gc.enable()
    TapCopernica.cli()


if __name__ == "__main__":
    main()
