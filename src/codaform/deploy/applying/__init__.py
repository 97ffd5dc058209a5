"""Carrying out a plan, so that a killed run goes on, and reading back what came of it."""
