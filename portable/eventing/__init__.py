"""Eventing: the triggers, their events, and the clients that send messages."""
