"""What talks to a stage on AWS with boto3: its logs, a call of one function, and new code."""
