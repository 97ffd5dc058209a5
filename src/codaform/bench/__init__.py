"""Benchmarks: workloads with seeded rows, and engines that compute them, each in a process of its own."""
