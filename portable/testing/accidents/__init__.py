"""Accidents: what a cloud may do to a delivery without anybody being wrong, as values and as what does them."""
