"""IronWorker: what ships (`runtime`), what packages (`deploy`), what tests (`testing`)."""
