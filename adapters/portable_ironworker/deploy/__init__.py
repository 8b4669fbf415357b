"""The deploy half of the IronWorker adapter."""
