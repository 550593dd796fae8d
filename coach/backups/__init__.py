"""Backups of the whole database: made, checked, kept for some nights, and restored (docs/backups.md)."""
