// What every page can do in the browser alone: take its link along, and be presented.
(() => {
  const root = document.documentElement;
  const on = (id) => document.getElementById(id);
  if (window.siagaShell) { return; }
  window.siagaShell = true;

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

  function present(shown) {
    root.classList.toggle("sb-presenting", shown);
    root.classList.remove("sb-blank");
    sessionStorage.setItem("presenting", shown ? "1" : "");
    document.querySelectorAll("iframe").forEach((frame) => {
      try { frame.contentWindow.dispatchEvent(new Event("resize")); } catch { /* not ours */ }
    });
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
  // A map that was clicked holds the keyboard: its keys count as those of the page.
  const heard = new WeakSet();
  new MutationObserver(() => {
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
