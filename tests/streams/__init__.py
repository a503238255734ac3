"""The commands of docs/plain-streams.md, run with the real programs."""
