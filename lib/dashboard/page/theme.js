// Not a module: it runs before anything is drawn, so that a page that was made dark does not flash.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('nestjs-dq-theme');
  } catch {
    // Storage may be refused: then the system's choice stands.
  }
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen;
})();
