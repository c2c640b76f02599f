/* What Streamlit's own front end leaves out: the language of the document, its own words, the names of maps. */
(() => {
  const said = SAID;
  const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const rule = ([from, to]) => {
    const names = [...from.matchAll(/\{\w+\}/g)].map((found) => found[0]);
    const pattern = new RegExp(`^${from.split(/\{\w+\}/).map(escape).join("(.+?)")}$`);
    return { pattern, write: (found) => names.reduce((text, name, n) => text.replace(name, () => found[n + 1]), to) };
  };
  const whole = new Map(said.words.filter(([from]) => !from.includes("{")));
  const rules = said.words.filter(([from]) => from.includes("{")).map(rule);
  const spoken = (text) => {
    const bare = text.trim();
    if (!bare || bare.length > 120) return null;
    if (whole.has(bare)) return whole.get(bare);
    for (const { pattern, write } of rules) {
      const found = bare.match(pattern);
      if (found) return write(found);
    }
    return null;
  };
  const NAMES = ["aria-label", "placeholder", "title", "alt", "aria-valuetext"];
  const put = (old, now, write) => { if (now !== null && now !== old.trim()) write(now); };
  const text = (node) => put(node.nodeValue, spoken(node.nodeValue), (now) => { node.nodeValue = now; });
  const names = (element) => {
    for (const name of NAMES) {
      const old = element.getAttribute(name);
      if (old) put(old, spoken(old), (now) => element.setAttribute(name, now));
    }
  };
  /* A map is named by the title it stands under. */
  const titles = () => [...document.querySelectorAll("main :is(h1, h2)")];
  const map = (frame) => {
    const above = titles().filter((one) => one.compareDocumentPosition(frame) & Node.DOCUMENT_POSITION_FOLLOWING);
    const name = above.length ? `${said.map}: ${above.at(-1).textContent}` : said.map;
    const same = [...document.querySelectorAll("iframe")].filter((one) => one !== frame && one.dataset.name === name);
    frame.dataset.name = name;
    frame.setAttribute("aria-label", same.length ? `${name} (${same.length + 1})` : name);
  };
  /* A region that scrolls is reached by the keyboard, unless something in it is. */
  const scrolls = (region) => {
    const reached = region.querySelector("a[href], button, input, select, textarea, [tabindex]");
    const cut = region.scrollWidth > region.clientWidth || region.scrollHeight > region.clientHeight;
    if (cut && !reached) region.tabIndex = 0;
  };
  const look = (root) => {
    if (root.nodeType === Node.TEXT_NODE) return text(root);
    if (root.nodeType !== Node.ELEMENT_NODE) return;
    names(root);
    root.querySelectorAll(NAMES.map((name) => `[${name}]`).join()).forEach(names);
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) text(walker.currentNode);
  };
  let waiting = false;
  const frames = () => {
    waiting = false;
    document.querySelectorAll("iframe").forEach((frame) => { delete frame.dataset.name; });
    document.querySelectorAll('iframe[title^="streamlit_folium"]').forEach(map);
    document.querySelectorAll('.sb-scroll, [overflow="auto"]').forEach(scrolls);
    document.querySelectorAll(".st-key-ways, .st-key-ways_narrow").forEach((menu) => {
      menu.setAttribute("role", "navigation");
      menu.setAttribute("aria-label", said.menu);
    });
    /* A place for files that has a name is no decoration. */
    document.querySelectorAll('[data-testid="stFileUploaderDropzone"][role="presentation"]').forEach((one) => one.setAttribute("role", "group"));
  };
  const soon = () => { if (!waiting) { waiting = true; requestAnimationFrame(frames); } };
  document.documentElement.lang = said.lang;
  Object.defineProperty(navigator, "language", { configurable: true, get: () => said.locale });
  window.dispatchEvent(new Event("languagechange"));
  window.__siagaFront?.disconnect();
  window.__siagaFront = new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "childList") change.addedNodes.forEach(look);
      else if (change.type === "characterData") text(change.target);
      else names(change.target);
    }
    soon();
  });
  window.__siagaFront.observe(document.body, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: NAMES,
  });
  look(document.body);
  soon();
})();
