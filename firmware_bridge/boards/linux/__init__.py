"""What every board with Linux and CPython shares: storage, network, sound cards, systemd. Runs on Python 3.11 and later."""
