"""What reads, checks and packages an app. Never ships."""
