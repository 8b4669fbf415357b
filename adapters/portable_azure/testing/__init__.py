"""Portable events -> what the Azure worker hands a generated function. Never ships: tests and local replay use it."""
