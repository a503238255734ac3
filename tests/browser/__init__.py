"""The card in a real browser, at a real Home Assistant: slow suite `scripts/test browser`."""
