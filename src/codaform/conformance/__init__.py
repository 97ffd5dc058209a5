"""Questions that a real Coda answers: what codaform takes for true, each as a formula in a doc made for it."""
