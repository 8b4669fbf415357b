"""The part of the IronWorker adapter that ships."""
