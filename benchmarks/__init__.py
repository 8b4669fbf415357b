"""Numbers measured side by side in one run; `nox -s bench` prints them as a table. Never part of the tests."""
