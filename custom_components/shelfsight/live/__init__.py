"""Gemini Live: who answers, which model can what, one session. Imports nothing of Home Assistant."""
