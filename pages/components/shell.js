// What every page can do in the browser alone: take its link along, and be presented.
(() => {
  const root = document.documentElement;
  const on = (id) => document.getElementById(id);
  if (window.siagaShell) { return; }
  window.siagaShell = true;

  // What is drawn for the width of the screen is made smaller on paper (print.css).
  const widthOfScreen = () => {
    if (!matchMedia("print").matches) { root.style.setProperty("--screen", `${innerWidth}px`); }
  };
  widthOfScreen();
  addEventListener("resize", widthOfScreen);

  async function takeLink(button) {
    const link = location.href;
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      // Without a certificate a browser lends no clipboard: it copies what is marked.
      const field = document.createElement("textarea");
      field.value = link;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    const words = button.textContent;
    if (words === button.dataset.done) { return; }
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = words; }, 2000);
  }

  // What a presented page has left below its finding goes to what the finding is about.
  function measure() {
    const shown = document.querySelector("[class*=st-key-exhibit]");
    if (shown && root.classList.contains("sb-presenting")) {
      const room = Math.floor(innerHeight - shown.getBoundingClientRect().top - 8);
      root.style.setProperty("--sb-room", `${room}px`);
    }
  }

  function maps() {
    return [...document.querySelectorAll("iframe")].flatMap((frame) => {
      try {
        const map = frame.contentWindow.map;
        return map && map.getSize ? [map] : [];
      } catch { return []; /* not ours */ }
    });
  }

  function present(shown) {
    if (root.classList.contains("sb-presenting") === shown) { return; }
    const before = maps().map((map) => [map, map.getSize(), map.getCenter(), map.getZoom()]);
    root.classList.toggle("sb-presenting", shown);
    root.classList.remove("sb-blank");
    sessionStorage.setItem("presenting", shown ? "1" : "");
    measure();
    // The same land on another screen: as much larger or smaller as the screen is.
    requestAnimationFrame(() => requestAnimationFrame(() => before.forEach(([map, size, centre, zoom]) => {
      map.invalidateSize({animate: false});
      const now = map.getSize();
      const times = Math.min(now.x / size.x, now.y / size.y);
      if (times > 0) { map.setView(centre, zoom + Math.log2(times), {animate: false}); }
    })));
  }

  function press(key) {
    const button = document.querySelector(`.st-key-${key} button`);
    if (button) { button.click(); }
  }

  const KEYS = {
    ArrowRight: () => press("stage_next"), PageDown: () => press("stage_next"),
    ArrowLeft: () => press("stage_before"), PageUp: () => press("stage_before"),
    b: () => root.classList.toggle("sb-blank"),
    p: () => present(false), Escape: () => present(false),
  };

  function typing(target) {
    return target.closest && target.closest("input, textarea, select, [contenteditable], [role=slider], [role=combobox], dialog");
  }

  function listen(event) {
    const target = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || typing(target)) { return; }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const presenting = root.classList.contains("sb-presenting");
    const act = presenting ? KEYS[key] : key === "p" ? () => present(true) : null;
    if (act) {
      act();
    } else if (!presenting || !["r", "c"].includes(key)) {
      return; // Streamlit runs or clears the app by these letters
    }
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("#sb-present, #sb-link");
    if (!button) { return; }
    if (button === on("sb-link")) { takeLink(button); } else { present(true); }
  });
  window.addEventListener("keydown", listen, true);
  window.addEventListener("resize", measure);
  // A map that was clicked holds the keyboard: its keys count as those of the page.
  const heard = new WeakSet();
  new MutationObserver(() => {
    measure();
    document.querySelectorAll("[class*=st-key-here] a").forEach((way) => way.setAttribute("aria-current", "page"));
    document.querySelectorAll("iframe").forEach((frame) => {
      const inside = frame.contentWindow;
      try {
        if (inside && !heard.has(inside)) {
          inside.addEventListener("keydown", listen, true);
          heard.add(inside);
        }
      } catch { /* not ours */ }
    });
  }).observe(document.body, {childList: true, subtree: true});
  if (sessionStorage.getItem("presenting")) { present(true); }
})();
