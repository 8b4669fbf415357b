"""What is wrong with an app on one target: each module has one rule, a function from a model or plan to problems."""
