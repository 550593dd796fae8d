"""Makes a crowd of demo candidates for measuring (`manage.py demo_data --users 1000`). It may know every app."""
