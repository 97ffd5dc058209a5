"""Pages that are made from the code: what stands in the code is told nowhere else."""
