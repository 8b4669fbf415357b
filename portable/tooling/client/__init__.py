"""An OpenAPI document -> the source of a typed client of it, in Python or TypeScript."""
