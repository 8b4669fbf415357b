"""What is known about an app before it is packaged: an app and targets in, findings and permissions out."""
