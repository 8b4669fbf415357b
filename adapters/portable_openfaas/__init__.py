"""OpenFaaS, by its template python3-http: what ships (`runtime`), what packages (`deploy`), what tests (`testing`)."""
