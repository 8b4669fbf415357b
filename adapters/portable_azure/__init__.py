"""Azure Functions: the runtime that ships (`runtime`), planning (`deploy`), event encoders (`wire`)."""
