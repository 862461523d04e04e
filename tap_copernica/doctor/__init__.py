"""copernica-doctor: asks a real account what nobody could find out from outside, and says what it means."""
