// Sets the reader's choice of light or dark before anything is drawn; without a choice, the system decides.
try {
  const chosen = localStorage.getItem("appearance");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Without storage, the system decides.
}
