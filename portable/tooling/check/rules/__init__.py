"""The rules of `portable check` beyond those of packaging: each module has one, from a `Subject` to problems."""
