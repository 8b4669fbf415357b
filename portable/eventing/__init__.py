"""Eventing: the triggers, the events they bring, and the clients that send."""
