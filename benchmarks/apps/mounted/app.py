"""A FastAPI app as one function of portable. `mangum_mounted` is the same app behind Mangum."""

from __future__ import annotations

from portable import http

web = http.asgi("/", "shop:app", memory=512)
