"""Portable events -> what AWS hands a Lambda function for them. Never ships: tests and local replay use it."""
