"""Judging in the application: pools, what assessors say of them, and what comes out."""
