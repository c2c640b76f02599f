/* The deck in a browser: one state for the hall and the presenter's window, keys, and live maps. */
(() => {
  "use strict";
  const source = "<!doctype html>" + document.documentElement.outerHTML; // as it came, for the second window
  const find = (what, from = document) => from.querySelector(what);
  const root = document.documentElement;
  const data = JSON.parse(find("#data").textContent);
  const say = data.words;
  const slides = [...document.querySelectorAll(".slide")];
  const named = /^siaga-desk-(\w+)$/.exec(window.name);
  const me = crypto.getRandomValues(new Uint32Array(2)).join("");
  const keep = "siaga-" + data.digest;
  let state = { at: 0, blank: "", seen: {}, picked: null, ran: 0, since: 0, n: named ? 0 : 1, by: me };
  let session = named ? named[1] : me;
  let typed = null;
  let beside = null;
  const maps = new Map();

  // Where a reload finds its place again; a second tab of the same file stays a deck of its own.
  try {
    const kept = JSON.parse(sessionStorage.getItem(keep));
    sessionStorage.removeItem(keep);
    if (kept && performance.getEntriesByType("navigation")[0]?.type === "reload") {
      ({ state } = kept);
      if (!named) session = kept.session;
    }
  } catch { /* no storage here: begin anew */ }
  window.addEventListener("pagehide", () => {
    try { sessionStorage.setItem(keep, JSON.stringify({ state, session })); } catch { /* as above */ }
  });
  const asked = Number(location.hash.slice(1));
  if (asked >= 1 && asked <= slides.length) state.at = asked - 1;

  const channel = new BroadcastChannel(`siaga-${data.digest}-${session}`);
  channel.onmessage = ({ data: got }) => {
    if (got.hello) { channel.postMessage(state); return; }
    if (got.n > state.n || (got.n === state.n && got.by > state.by)) { state = got; show(); }
  };
  function change(part) {
    state = { ...state, ...part, n: state.n + 1, by: me };
    channel.postMessage(state);
    show();
  }

  function show() {
    slides.forEach((slide, n) => {
      slide.classList.toggle("now", n === state.at);
      slide.classList.toggle("then", n === state.at + 1);
    });
    const slide = slides[state.at];
    find(".veil").className = "veil " + state.blank;
    find(".place").textContent = `${state.at + 1} / ${slides.length}`;
    find(".dark").textContent = state.blank ? say[state.blank] : "";
    find(".spoken").textContent = find(".notes", slide)?.textContent || say.no_notes;
    tick();
    if (slide.dataset.map && !root.classList.contains("over")) live(slide.dataset.map).follow();
    try { history.replaceState(null, "", "#" + (state.at + 1)); } catch { /* a page without an address */ }
  }
  function go(at) {
    change({ at: Math.max(0, Math.min(slides.length - 1, at)), blank: "" });
    if (root.classList.contains("over")) slides[state.at].scrollIntoView({ block: "nearest" });
  }
  function tell(words = "") { find(".status").textContent = words; }

  function minutes(ms) {
    const s = Math.floor(ms / 1000);
    return `${String(Math.floor(s / 60)).padStart(2, "0")}:${String(s % 60).padStart(2, "0")}`;
  }
  function tick() {
    const ran = state.ran + (state.since ? Date.now() - state.since : 0);
    const box = find(".elapsed");
    box.textContent = `${minutes(ran)} / ${minutes(data.budget_s * 1000)}`;
    box.classList.toggle("late", ran > data.budget_s * 1000);
    find("[data-do=time]").textContent = state.since ? say.pause : say.start;
    find(".clock").textContent = new Date().toLocaleTimeString(data.lang, { hour: "2-digit", minute: "2-digit" });
  }

  // ---- maps -------------------------------------------------------------------------------
  const units = {};
  function land(level) { // whole steps of 1/10,000 degree, each point from the one before it
    units[level] ??= {
      type: "FeatureCollection",
      features: data.land[level].map(([code, name, shape]) => ({
        type: "Feature",
        properties: { code, name },
        geometry: {
          type: "MultiPolygon",
          coordinates: shape.map((rings) => rings.map((steps) => {
            let x = 0, y = 0;
            const points = [];
            for (let i = 0; i < steps.length; i += 2) {
              points.push([(x += steps[i]) / 1e4, (y += steps[i + 1]) / 1e4]);
            }
            return points;
          })),
        },
      })),
    };
    return units[level];
  }
  function live(key) {
    if (maps.has(key)) return maps.get(key);
    const slide = slides.find((one) => one.dataset.map === key);
    const ground = find(".ground", slide), box = find(".live", ground);
    const told = find(".said", ground), shown = data.maps[key];
    const map = L.map(box, {
      keyboard: false, attributionControl: false, zoomControl: false, zoomSnap: 0, zoomDelta: 0.5,
      wheelPxPerZoomLevel: 120, trackResize: false, fadeAnimation: false, zoomAnimation: false, inertia: false,
      renderer: L.svg({ padding: 0.5 }), minZoom: 3, maxZoom: 16,
    });
    const [west, south, east, north] = shown.bounds;
    const whole = [[south, west], [north, east]];
    map.fitBounds(whole, { animate: false });
    const scale = () => ground.clientWidth / data.wide; // one zoom for windows of any size
    const px = slide.clientWidth / data.wide;
    const places = [];
    let following = true, deep = null, deepOf = "";
    L.control.zoom({ position: shown.corner.endsWith("left") ? "bottomright" : "bottomleft", zoomInTitle: "+", zoomOutTitle: "−" }).addTo(map);
    const bar = L.control.scale({ imperial: false, maxWidth: 200, position: shown.corner }).addTo(map);
    bar.getContainer().classList.add("plate");
    bar.getContainer().insertAdjacentHTML("beforeend", data.north);
    L.geoJSON(land("ground"), { interactive: false, style: paint({ fill: data.neighbour }) }).addTo(map);
    const areas = L.geoJSON(land(shown.level), {
      style: (f) => paint(shown.areas[f.properties.code]),
      onEachFeature: (f, layer) => {
        const area = shown.areas[f.properties.code];
        place(f.properties.code, area ? area.words : f.properties.name, layer, () => layer.getBounds());
      },
    }).addTo(map);
    shown.lines.forEach((line, n) => place(`line ${n}`, line.words,
      L.polyline(line.points.map(([x, y]) => [y, x]), { color: line.colour, weight: 3 * px, dashArray: line.dashed ? `${9 * px} ${6 * px}` : null }).addTo(map)));
    const icon = (html) => L.divIcon({ className: "pin", iconSize: null, html });
    shown.pins.forEach((pin, n) => {
      const at = L.latLng(pin.lat, pin.lon), own = { keyboard: false, icon: icon(pin.drawn) };
      if (pin.lead) L.marker(at, { ...own, icon: icon(pin.lead), interactive: false, zIndexOffset: -1e6 }).addTo(map);
      place(`pin ${n}`, pin.words, L.marker(at, own).addTo(map), () => at.toBounds(20000));
    });
    function paint(area) {
      return {
        color: data.coast, weight: px, dashArray: area?.hatched ? "6 5" : null, fillOpacity: 1,
        fillColor: area?.hatched ? "url(#hatch)" : area?.fill || data.bare,
      };
    }
    function place(code, words, layer, around = () => layer.getBounds()) {
      const n = places.push({ code, words, layer, around }) - 1;
      layer.on("click", (e) => { L.DomEvent.stop(e); if (chosen() === n) nearer(n); else pick(n); });
    }
    function chosen() { return state.picked?.[0] === key ? state.picked[1] : -1; }
    function pick(n) { change({ picked: [key, (n + places.length) % places.length] }); }
    function nearer(n) { map.fitBounds(places[n].around(), { animate: false, padding: [20, 20] }); }
    function name() { // what is picked, its outline, and the units inside it
      const n = chosen(), one = places[n];
      const inside = one && state.picked[2];
      told.textContent = one ? (inside ? `${inside} · ` : "") + one.words : "";
      areas.setStyle((f) => paint(shown.areas[f.properties.code]));
      if (one?.layer.feature) one.layer.setStyle({ weight: 4 * px, color: data.ink }).bringToFront();
      const code = one?.layer.feature ? one.code : "";
      if (code === deepOf) return;
      deepOf = code;
      deep?.remove();
      deep = code && shown.inner ? L.geoJSON(land(shown.inner), {
        filter: (f) => f.properties.code.startsWith(code + "."),
        style: { color: data.ink, weight: px, fillOpacity: 0 },
        onEachFeature: (f, layer) => layer.on("click", (e) => {
          L.DomEvent.stop(e);
          change({ picked: [key, chosen(), f.properties.name] });
        }),
      }).addTo(map) : null;
    }
    const own = {
      map,
      follow() {
        following = true; // what moves now is no wish of the reader
        map.invalidateSize({ animate: false, pan: false });
        const seen = state.seen[key];
        if (seen) map.setView([seen[0], seen[1]], seen[2] + Math.log2(scale()), { animate: false });
        else map.fitBounds(whole, { animate: false });
        bar.options.maxWidth = 0.4 * ground.clientWidth;
        bar._update();
        following = false;
        name();
      },
      reset() { const seen = { ...state.seen }; delete seen[key]; change({ seen, picked: null }); },
      step(by) { pick(chosen() < 0 ? (by > 0 ? 0 : -1) : chosen() + by); },
      nearer() { if (chosen() >= 0) nearer(chosen()); },
      box,
    };
    map.on("move zoomend", () => {
      if (following) return;
      const { lat, lng } = map.getCenter();
      change({ seen: { ...state.seen, [key]: [lat, lng, map.getZoom() - Math.log2(scale())] } });
    });
    maps.set(key, own);
    return own;
  }
  const here = () => (slides[state.at].dataset.map ? live(slides[state.at].dataset.map) : null);
  const pan = (x, y) => here()?.map.panBy([x, y], { animate: false });
  const zoom = (by) => here()?.map.setZoom(here().map.getZoom() + by, { animate: false });

  // ---- what keys do -----------------------------------------------------------------------
  const over = (on) => {
    root.classList.toggle("over", on);
    if (on) slides[state.at].scrollIntoView({ block: "nearest" });
    show();
  };
  const does = {
    next: () => go(state.at + 1),
    prev: () => go(state.at - 1),
    first: () => go(0),
    last: () => go(slides.length - 1),
    black: () => change({ blank: state.blank === "black" ? "" : "black" }),
    white: () => change({ blank: state.blank === "white" ? "" : "white" }),
    over: () => over(!root.classList.contains("over")),
    help: () => { const box = find(".help"); box.hidden = !box.hidden; },
    ask: () => { typed = ""; tell(`${say.go_to} …`); },
    time: () => change(state.since ? { ran: state.ran + Date.now() - state.since, since: 0 } : { since: Date.now() }),
    zero: () => change({ ran: 0, since: state.since ? Date.now() : 0 }),
    map: () => here()?.box.focus(),
    reset: () => here()?.reset(),
    in: () => zoom(0.5),
    out: () => zoom(-0.5),
    full: async () => {
      try {
        if (document.fullscreenElement) await document.exitFullscreen();
        else { await root.requestFullscreen(); await navigator.keyboard?.lock?.(["Escape"]); }
      } catch { if (!document.fullscreenElement) tell(say.no_full); }
    },
    desk: () => {
      if (named) { window.close(); return; }
      beside = window.open("", `siaga-desk-${session}`, "popup,width=1200,height=760");
      if (!beside) { tell(say.blocked); return; }
      if (beside.document.body?.childElementCount) { beside.focus(); return; }
      beside.document.open();
      beside.document.write(source);
      beside.document.close();
    },
    enter: () => {
      if (typed) {
        const n = Number(typed);
        typed = null;
        if (n >= 1 && n <= slides.length) { tell(); over(false); go(n - 1); } else tell(`1–${slides.length}`);
      } else if (root.classList.contains("over")) over(false);
      else if (document.activeElement === here()?.box) here().nearer();
      else go(state.at + 1);
    },
    leave: () => {
      if (find(".status").textContent || typed !== null) { typed = null; tell(); }
      else if (!find(".help").hidden) does.help();
      else if (state.blank) change({ blank: "" });
      else if (root.classList.contains("over")) over(false);
      else if (document.activeElement === here()?.box) here().box.blur();
      else if (document.fullscreenElement) document.exitFullscreen();
    },
  };
  const keys = {
    ArrowRight: "next", ArrowDown: "next", PageDown: "next", " ": "next", n: "next", Enter: "enter",
    ArrowLeft: "prev", ArrowUp: "prev", PageUp: "prev", Backspace: "prev",
    Home: "first", End: "last", b: "black", ".": "black", w: "white", ",": "white", f: "full", F5: "full",
    o: "over", g: "ask", m: "map", r: "reset", "+": "in", "=": "in", "-": "out", p: "desk", t: "time",
    z: "zero", h: "help", "?": "help", Escape: "leave",
  };
  const controls = ["a", "button", ..."button tab radio slider combobox option textbox menuitem".split(" ").map((role) => `[role=${role}]`)].join();
  const across = { ArrowRight: [90, 0], ArrowLeft: [-90, 0], ArrowUp: [0, -90], ArrowDown: [0, 90] };
  function pressed(event) {
    const from = event.composedPath()[0], tag = from.tagName ?? "";
    const outside = event.view && event.view !== window;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(tag) || from.isContentEditable) return;
    if (outside && from.closest?.(controls)) return; // of the app around the deck
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (tag === "BUTTON" && (key === " " || key === "Enter")) return;
    let done = true;
    if (/^\d$/.test(key)) { typed = (typed ?? "") + key; tell(`${say.go_to} ${typed}`); }
    else if (event.shiftKey && across[key] && here()) pan(...across[key]);
    else if (event.shiftKey && key === " ") does.prev();
    else if (key === "Tab" && here() && document.activeElement === here().box) here().step(event.shiftKey ? -1 : 1);
    else if (keys[key]) {
      if (typed !== null && !["enter", "leave"].includes(keys[key])) { typed = null; tell(); }
      does[keys[key]]();
    } else done = key.length === 1; // a plain letter must reach nothing else
    if (done) { event.preventDefault(); event.stopImmediatePropagation(); }
  }
  window.addEventListener("keydown", pressed, true);
  try { // inside the app: keys work too while the page around the deck has the focus
    if (window.parent !== window) {
      const around = window.parent;
      around.addEventListener("keydown", pressed, true);
      window.addEventListener("pagehide", () => around.removeEventListener("keydown", pressed, true));
      window.frameElement?.focus();
    }
    window.focus();
  } catch { /* a frame of another origin */ }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) { does[button.dataset.do](); button.blur(); return; }
    const slide = event.target.closest(".slide");
    if (slide && root.classList.contains("over")) { over(false); go(slides.indexOf(slide)); }
  });
  let touch = null;
  document.addEventListener("touchstart", (event) => {
    touch = event.touches.length === 1 && !event.target.closest(".live") ? event.touches[0] : null;
  }, { passive: true });
  document.addEventListener("touchend", (event) => {
    const end = event.changedTouches[0];
    if (touch && Math.abs(end.clientX - touch.clientX) > 60 && Math.abs(end.clientX - touch.clientX) > 2 * Math.abs(end.clientY - touch.clientY)) {
      go(state.at + (end.clientX < touch.clientX ? 1 : -1));
    }
    touch = null;
  });
  let still = 0;
  document.addEventListener("mousemove", () => {
    root.classList.add("moved");
    root.classList.remove("bare");
    clearTimeout(still);
    still = setTimeout(() => { root.classList.remove("moved"); root.classList.add("bare"); }, 2500);
  });
  window.addEventListener("resize", () => { if (here()) here().follow(); });
  window.addEventListener("hashchange", () => {
    const n = Number(location.hash.slice(1));
    if (n >= 1 && n <= slides.length && n - 1 !== state.at) go(n - 1);
  });
  const awake = async () => {
    try { if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen"); } catch { /* not here */ }
  };
  document.addEventListener("visibilitychange", awake);
  awake();

  root.classList.add("playing");
  root.classList.toggle("desked", Boolean(named));
  if (named) document.title = `${say.desk} · ${document.title}`;
  show();
  channel.postMessage({ hello: true });
  setInterval(tick, 500);
  // Maps are drawn before they are asked for: a change of slide must not wait for one.
  const ahead = window.requestIdleCallback ?? ((run) => setTimeout(run, 50));
  (function next(rest) { if (rest.length) ahead(() => { live(rest[0]).follow(); next(rest.slice(1)); }); })(Object.keys(data.maps));
})();
