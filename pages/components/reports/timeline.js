// The date cursor: weeks of affairs, stages, votes and time nobody watched under one handle.
// It plays by itself, and tells the server a date once: when it is let go.

const FRAME_MS = 100;
const KEY_REST_MS = 350;
const DRAG_PX = 4;
const HOLD_PX = { mouse: 8, touch: 22, pen: 14 };
const KEYS = {
  ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: -7, PageDown: 7,
  Home: -Infinity, End: Infinity,
};
const ICONS = {
  play: '<path d="M5 3l10 6-10 6z"/>',
  pause: '<path d="M4 3h4v12H4zM10 3h4v12h-4z"/>',
  left: '<path d="M11 3L5 9l6 6"/>',
  right: '<path d="M7 3l6 6-6 6"/>',
};

// A film is sent as what changes: a unit is its place in three digits of base 36, and its class; a
// frame of which too much changes is sent whole, after "=".
function unpacked(film) {
  if (!film) return null;
  const fills = [];
  let now = [];
  for (const changes of film.fills.split(";")) {
    if (changes[0] === "=") now = [...changes.slice(1)];
    else for (let at = 0; at < changes.length; at += 4) {
      now[parseInt(changes.slice(at, at + 3), 36)] = changes[at + 3];
    }
    fills.push(now.join(""));
  }
  const repeated = (joined) => {
    const out = [];
    for (const one of joined ? joined.split(";") : []) out.push(one || out.at(-1));
    return out;
  };
  const { affairs, spread, starts } = film;
  return {
    ...film, fills, affairs: repeated(affairs), spread: repeated(spread), starts: repeated(starts).map(Number),
  };
}

class Cursor extends Scene {
  constructor(root) {
    super();
    this.hub = window.siagaCursor ??= { parts: {}, heard: new Set() };
    this.moving = null; // play, handle, brush or key while the reader moves the date
    this.pending = null; // what was told to the server and not answered yet
    this.frame = -1;
    this.build(root);
    this.hear = (part) => (part === "film" ? this.takeFilm() : this.takeHand());
    this.hub.heard.add(this.hear);
    this.back = () => this.moving && this.stop(false);
    window.addEventListener("popstate", this.back);
    this.sized = new ResizeObserver(() => this.draw());
    this.sized.observe(this.strip);
  }

  destroy() {
    this.stop(false);
    this.putBack();
    this.hub.heard.delete(this.hear);
    window.removeEventListener("popstate", this.back);
    this.sized.disconnect();
    this.channel?.close();
  }

  build(root) {
    this.box = make("div", "cursor", root);
    this.strip = make("div", "strip", this.box);
    this.svg = drawn("svg", { height: HEIGHT_PX, "aria-hidden": "true" }, this.strip);
    this.veil = make("div", "veil", this.strip);
    this.brush = make("div", "brush", this.strip);
    this.tip = make("div", "tip", this.strip, { "aria-hidden": "true" });
    this.handle = make("div", "handle", this.strip, { role: "slider", tabindex: "0" });
    const bar = make("div", "bar", this.box);
    this.play = this.button("play", bar, () => (this.moving === "play" ? this.stop() : this.start()));
    this.before = this.button("step", bar, () => this.step(-1), "left");
    this.after = this.button("step", bar, () => this.step(1), "right");
    this.typed = make("input", "typed", bar, { inputmode: "numeric", maxlength: "10", size: "10" });
    this.today = this.button("words", bar, () => this.let(this.data.today));
    this.jumps = make("select", "jumps", bar);
    this.clear = this.button("words clear", bar, () => this.let(this.date, null));
    this.still = make("div", "still", bar, { hidden: "" });
    this.says = make("div", "says", this.box);
    this.wrong = make("div", "wrong", this.box, { role: "alert", id: "wrong" });
    this.listen();
  }

  button(className, parent, onClick, icon) {
    const node = make("button", className, parent, { type: "button" });
    if (icon) this.icon(node, icon);
    node.addEventListener("click", onClick);
    return node;
  }

  icon(node, name) {
    node.innerHTML = `<svg viewBox="0 0 18 18" aria-hidden="true">${ICONS[name]}</svg>`;
  }

  listen() {
    this.strip.addEventListener("pointerdown", (event) => this.grab(event));
    this.strip.addEventListener("pointermove", (event) => this.drag(event));
    this.strip.addEventListener("pointerup", (event) => this.drop(event));
    this.strip.addEventListener("pointercancel", () => this.held && this.giveUp());
    this.strip.addEventListener("pointerleave", () => this.tip.classList.remove("shown"));
    this.handle.addEventListener("keydown", (event) => this.key(event));
    this.handle.addEventListener("blur", () => this.moving === "key" && this.stop());
    this.typed.addEventListener("change", () => this.take(this.typed.value));
    this.typed.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.take(this.typed.value);
      event.stopPropagation();
    });
    this.jumps.addEventListener("change", () => {
      const day = Number(this.jumps.value);
      this.jumps.selectedIndex = 0;
      this.let(day);
    });
  }

  // What the server says ------------------------------------------------------------------------

  update(data, tell) {
    this.tell = tell;
    this.data = data;
    const words = data.words;
    this.name(this.handle, words.label);
    this.name(this.before, words.day_before);
    this.name(this.after, words.day_after);
    this.name(this.typed, words.typed);
    this.name(this.jumps, words.stage);
    this.handle.title = words.keys;
    this.today.textContent = words.today;
    this.handle.setAttribute("aria-valuemin", 0);
    this.handle.setAttribute("aria-valuemax", data.last - data.first);
    this.jumps.replaceChildren(new Option(words.stage_placeholder, ""));
    for (const [day, name] of data.jumps) this.jumps.add(new Option(name, day));
    this.jumps.hidden = !data.jumps.length;
    this.frame = -1;
    this.draw();
    this.takeFilm();
    this.takeHand();
  }

  name(node, words) {
    node.setAttribute("aria-label", words);
    node.title = words;
  }

  takeHand() {
    const hand = this.hub.parts.hand;
    if (!hand || !this.data) return;
    this.still.textContent = hand.still ?? "";
    this.still.hidden = !hand.still;
    if (this.moving) return;
    if (this.pending !== null && hand.heard < this.pending) return; // an answer to an older word
    this.pending = null;
    this.stand(hand.date, hand.start);
    this.release();
  }

  takeFilm() {
    const film = unpacked(this.hub.parts.film);
    this.fills = film?.fills ?? [];
    if (film?.channel !== this.film?.channel) this.channel?.close();
    if (film && (film.channel !== this.film?.channel || !this.channel)) {
      this.channel = new BroadcastChannel(`siaga-${film.channel}`);
    }
    this.film = film;
    this.frame = -1;
    if (!film && this.moving === "play") this.stop();
    this.play.disabled = !film;
    if (this.moving) this.show();
  }

  // Moving the date -----------------------------------------------------------------------------

  stand(date, start = null) {
    this.date = date;
    this.from = start !== null && start < date ? start : null;
    this.paint();
  }

  let(date, start = this.from) {
    this.stop(false);
    this.stand(this.clamp(date), start);
    this.report();
  }

  step(days) {
    this.moving = "key";
    this.stand(this.clamp(this.date + days), this.from);
    this.show();
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.stop(), KEY_REST_MS);
  }

  clamp(date) {
    return Math.min(Math.max(date, this.data.first), this.data.last);
  }

  key(event) {
    if (!(event.key in KEYS) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.moving === "play") this.stop(false);
    this.step(KEYS[event.key]);
  }

  take(words) {
    const found = words.trim().match(/^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/);
    const at = found && Date.UTC(found[3], found[2] - 1, found[1]) / DAY_MS;
    const good = found && new Date(at * DAY_MS).getUTCDate() === Number(found[1]);
    if (good && at >= this.data.first && at <= this.data.last) {
      if (at !== this.date) this.let(at);
    } else if (words.trim()) {
      this.complain(fill(this.data.words.typed_wrong, {
        first: this.long(this.data.first), last: this.long(this.data.last),
      }));
      return;
    }
    this.complain("");
    this.typed.value = this.slashed(this.date);
  }

  complain(words) {
    this.wrong.textContent = words;
    this.typed.setAttribute("aria-invalid", words ? "true" : "false");
  }

  start() {
    const days = this.data.days;
    // From the end there is nothing to play: begin at the window, or at the first week.
    if (this.date >= days.at(-1)) this.stand(days.find((day) => day > (this.from ?? -Infinity)), this.from);
    this.moving = "play";
    this.lookPlaying();
    this.show();
    let last = performance.now();
    const turn = (now) => {
      if (this.moving !== "play") return;
      if (now - last >= FRAME_MS) {
        last = now;
        const next = days.find((day) => day > this.date);
        if (next === undefined) return this.stop();
        this.stand(next, this.from);
        this.show();
      }
      this.turning = requestAnimationFrame(turn);
    };
    this.turning = requestAnimationFrame(turn);
  }

  stop(tells = true) {
    cancelAnimationFrame(this.turning);
    clearTimeout(this.rest);
    const moved = this.moving !== null;
    this.moving = null;
    if (!moved) return;
    this.lookPlaying();
    this.paint();
    const hand = this.hub.parts.hand;
    if (tells && (hand?.date !== this.date || (hand?.start ?? null) !== this.from)) this.report();
    else if (tells) this.takeHand();
  }

  report() {
    this.pending = Math.max(Date.now(), (this.pending ?? 0) + 1);
    this.tell("moved", {
      date: iso(this.date), start: this.from === null ? null : iso(this.from), heard: this.pending,
    });
  }

  lookPlaying() {
    const playing = this.moving === "play";
    this.icon(this.play, playing ? "pause" : "play");
    this.name(this.play, playing ? this.data.words.pause : this.data.words.play);
    this.box.classList.toggle("moving", this.moving !== null);
    this.pale();
  }

  // While the date moves, what the page says is of another day, and is pale; so is a map that
  // shows no frame. It stays so until the frame is taken back.
  pale() {
    const marks = document.documentElement.classList;
    marks.toggle("sb-moving", this.moving !== null || this.frame >= 0);
    marks.toggle("sb-film", this.frame >= 0);
  }

  // The map of the page -------------------------------------------------------------------------

  show() {
    if (!this.film || this.moving === "brush") return;
    const index = this.data.days.findLastIndex((day) => day <= this.date);
    if (index < 0 || index === this.frame || !this.fills[index]) return;
    this.frame = index;
    const { map, palette, level_key: level } = this.film;
    this.channel.postMessage({
      kind: "frame", map, level, palette, fills: this.fills[index], legend: this.filmLegend(index),
    });
    this.pale();
    this.speak();
  }

  release() {
    // The colours of the server come by another way; the frame stays until they are drawn.
    if (this.frame >= 0) setTimeout(() => this.moving || this.putBack(), 400);
    else this.pale();
  }

  putBack() {
    if (this.film) this.channel?.postMessage({ kind: "frame", map: this.film.map, fills: null });
    this.frame = -1;
    this.pale();
  }

  // Hand and mouse ------------------------------------------------------------------------------

  dayAt(event) {
    const box = this.strip.getBoundingClientRect();
    const share = (event.clientX - box.left) / Math.max(box.width, 1);
    return this.clamp(this.data.first + Math.round(share * (this.data.last - this.data.first)));
  }

  x(day) {
    return ((day - this.data.first) / Math.max(this.data.last - this.data.first, 1)) * this.width;
  }

  grab(event) {
    if (event.button || !this.data) return;
    this.stop(false);
    const box = this.strip.getBoundingClientRect();
    const near = Math.abs(event.clientX - box.left - this.x(this.clamp(this.date)));
    const onHandle = near <= (HOLD_PX[event.pointerType] ?? 8);
    this.held = {
      x: event.clientX, day: this.dayAt(event), was: [this.date, this.from],
      mode: onHandle || !this.data.brush ? "handle" : "brush", onHandle,
    };
    this.strip.setPointerCapture(event.pointerId);
    this.handle.focus({ preventScroll: true });
    event.preventDefault();
  }

  drag(event) {
    if (!this.data) return;
    const day = this.dayAt(event);
    if (!this.held) return this.hover(event, day);
    if (!this.moving && Math.abs(event.clientX - this.held.x) < DRAG_PX) return;
    this.moving = this.held.mode;
    this.lookPlaying();
    if (this.moving === "brush") this.stand(Math.max(day, this.held.day), Math.min(day, this.held.day));
    else this.stand(day, this.held.was[1]);
    this.show();
  }

  drop(event) {
    if (!this.held) return;
    const { onHandle } = this.held;
    this.held = null;
    if (this.moving) this.stop();
    else if (!onHandle) this.let(this.dayAt(event));
  }

  giveUp() {
    const [date, start] = this.held.was;
    this.held = null;
    this.stop(false);
    this.stand(date, start);
    this.release();
  }

  hover(event, day) {
    if (event.pointerType !== "mouse") return;
    this.tip.replaceChildren(this.long(day), ...this.weekWords(day));
    this.tip.classList.add("shown");
    const room = this.width - this.tip.offsetWidth;
    this.tip.style.left = `${Math.min(Math.max(this.x(day) - this.tip.offsetWidth / 2, 0), room)}px`;
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const cursor = (parentElement.cursor ??= new Cursor(parentElement));
  cursor.update(data, setTriggerValue);
  return () => {
    parentElement.cursor?.destroy();
    parentElement.cursor = null;
  };
}
