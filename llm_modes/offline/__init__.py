"""What the rules of the modes share where no language model is configured: docs/offline-coach.md."""
