"""IronWorker for the test kit."""
