"""This machine as a host of portable events. Never ships: the test kit uses it."""
