// Sets theme and density before the first paint, so that neither flashes. A file of our own origin, because the
// content security policy allows no inline script.
(function () {
  var root = document.documentElement;
  var theme = null;
  var density = null;
  try {
    theme = localStorage.getItem('sentinel.theme');
    density = localStorage.getItem('sentinel.density');
  } catch {
    // Storage may be forbidden; the system's choice is used then.
  }
  var dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.dataset.theme = dark ? 'dark' : 'light';
  root.dataset.density = density === 'compact' ? 'compact' : 'comfortable';
})();
