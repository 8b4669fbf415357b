"""Google Cloud Run functions: the runtime that ships (`runtime`), planning (`deploy`), the test kit's part (`testing`)."""
