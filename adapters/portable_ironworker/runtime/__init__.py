"""What ships to IronWorker."""
