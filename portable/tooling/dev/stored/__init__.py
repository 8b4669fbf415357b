"""What an app keeps, as people look at it and change it: for the dashboard and for the terminal."""
