"""What a migration means, on any rows: what it reads at each phase, which rows its rules take, and what it proves."""
