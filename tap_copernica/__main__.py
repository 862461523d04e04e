"""Runs the tap: the command `tap-copernica`, and `python -m tap_copernica`."""

import gc
import os
import signal

# In bytes. A page, and the lines made of it, have less than a megabyte. Above 32 glibc learns nothing.
_LARGER_THAN_A_PAGE = 1 << 22


def _end_at_once(signum: int, _: object) -> None:
    """End without a word: nothing was begun, and the traceback would be one of an import."""
    os._exit(128 + signum)


def main() -> None:
    """Import the tap, and run its command."""
    # Until the tap takes these signals itself. What this process was told to ignore stays ignored: a shell
    # without job control tells its background jobs to ignore Ctrl-C.
    for signum in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(signum) in {signal.default_int_handler, signal.SIG_DFL}:
            signal.signal(signum, _end_at_once)
    # What is imported stays to the end: looking for garbage in it takes a sixth of the start.
    gc.disable()
    # Unless glibc has seen something larger come and go, it gives memory back to the system after each page,
    # and gets it again for the next one.
    bytes(_LARGER_THAN_A_PAGE)
    from tap_copernica.tap import TapCopernica  # noqa: PLC0415 - after the line above

    gc.freeze()
    gc.enable()
    TapCopernica.cli()


if __name__ == "__main__":
    main()
