"""The part of the IronWorker adapter that the test kit uses. Never ships."""
