"""Takes portable events; returns what AWS passes to a Lambda function for them. Never ships."""
