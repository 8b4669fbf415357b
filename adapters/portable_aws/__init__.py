"""AWS Lambda: the runtime that ships (`runtime`), planning and infrastructure (`deploy`), event encoders (`wire`)."""
