"""Google Cloud Run functions: the runtime that ships (`runtime`), planning (`deploy`), event encoders (`wire`)."""
