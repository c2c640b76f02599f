// The date cursor: weeks of affairs, stages, votes and time nobody watched under one handle.
// It plays by itself, and tells the server a date once: when it is let go.

const DAY_MS = 864e5;
const FRAME_MS = 100;
const KEY_REST_MS = 350;
const BARS_PX = 34;
const LANE_PX = 4;
const LANES_AT = 36;
const HEIGHT_PX = 60;
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

const iso = (day) => new Date(day * DAY_MS).toISOString().slice(0, 10);
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function make(tag, className, parent, attributes = {}) {
  const node = document.createElement(tag);
  node.className = className;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  parent?.append(node);
  return node;
}

function drawn(tag, attributes, parent) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  parent.append(node);
  return node;
}

class Cursor {
  constructor(root) {
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
    if (!hand || !this.data || this.moving) return;
    if (this.pending !== null && hand.heard < this.pending) return; // an answer to an older word
    this.pending = null;
    this.stand(hand.date, hand.start);
    this.release();
  }

  takeFilm() {
    const film = this.hub.parts.film ?? null;
    this.fills = [];
    for (const one of film?.fills ?? []) this.fills.push(one || this.fills.at(-1));
    if (film?.channel !== this.film?.channel) this.channel?.close();
    if (film && (film.channel !== this.film?.channel || !this.channel)) {
      this.channel = new BroadcastChannel(`siaga-${film.channel}`);
    }
    this.film = film;
    this.frame = -1;
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
  }

  // The map of the page -------------------------------------------------------------------------

  show() {
    if (!this.film || this.moving === "brush") return;
    const index = this.data.days.findLastIndex((day) => day <= this.date);
    if (index < 0 || index === this.frame || !this.fills[index]) return;
    this.frame = index;
    const { map, palette } = this.film;
    this.channel.postMessage({ kind: "frame", map, fills: this.fills[index], palette });
    this.speak();
  }

  release() {
    if (this.frame < 0 || !this.film) return;
    this.frame = -1;
    const { map } = this.film;
    // The colours of the server come by another way; the frame stays until they are drawn.
    setTimeout(() => this.moving || this.channel?.postMessage({ kind: "frame", map, fills: null }), 400);
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

  // Words ---------------------------------------------------------------------------------------

  parts(day) {
    const at = new Date(day * DAY_MS);
    return [at.getUTCDate(), at.getUTCMonth(), at.getUTCFullYear()];
  }

  long(day) {
    const [date, month, year] = this.parts(day);
    return `${date} ${this.data.months[month]} ${year}`;
  }

  slashed(day) {
    const [date, month, year] = this.parts(day);
    return [date, month + 1].map((n) => String(n).padStart(2, "0")).join("/") + `/${year}`;
  }

  weekWords(day) {
    const index = this.data.days.findIndex((end) => day <= end);
    const counts = this.data.bars[index];
    return Object.entries(counts ?? {}).map(([family, n]) => {
      const node = make("span", "family");
      make("i", "", node).style.background = this.data.families[family][1];
      node.append(`${this.data.families[family][0]} ${n}`);
      return node;
    });
  }

  stageWords(day) {
    const on = this.data.stages.filter(([first, last, known]) => first <= day && day < last && known <= day);
    const names = [...new Set(on.sort((a, b) => b[5] - a[5]).map((row) => row[3]))];
    if (!names.length) return this.data.words.no_stage;
    const more = names.length > 2 ? ` +${names.length - 2}` : "";
    return names.slice(0, 2).map((n) => this.data.names[n]).join(", ") + more;
  }

  watchedWords(day) {
    const gap = this.data.gaps.find(([first, last]) => first <= day && day <= last);
    return gap ? [gap[2] ? this.data.words.unwatched : this.data.words.partly] : [];
  }

  speak() {
    const { words } = this.data;
    const plain = [this.stageWords(this.date), ...this.watchedWords(this.date)];
    const vote = this.data.votes.find(([day]) => day === this.date);
    if (vote) plain.unshift(vote[1]);
    if (this.moving && this.film && this.frame >= 0) {
      plain.push(fill(words.frame, {
        day: this.long(this.data.days[this.frame]), family: this.film.family,
        n: this.film.affairs[this.frame], units: this.film.spread[this.frame], level: this.film.level,
      }));
    } else if (this.moving) plain.push(words.follows);
    this.says.replaceChildren();
    make("b", "", this.says).textContent = this.long(this.date);
    for (const one of plain) make("span", "", this.says).textContent = one;
    this.says.append(...this.weekWords(this.date), ...this.legend());
    this.handle.setAttribute("aria-valuetext", [this.long(this.date), ...plain].join(", "));
  }

  legend() {
    if (!this.moving || !this.film) return [];
    const node = make("span", "classes");
    for (const [colour, name] of this.film.legend) {
      const swatch = make("i", "", node);
      if (colour) swatch.style.background = colour;
      node.append(name);
    }
    node.append(` (${this.data.words.fixed})`);
    return [node];
  }

  // Drawing -------------------------------------------------------------------------------------

  paint() {
    if (!this.data) return;
    const { first, today } = this.data;
    const at = this.x(this.clamp(this.date));
    this.handle.style.left = `${at}px`;
    this.veil.style.left = `${at}px`;
    this.handle.setAttribute("aria-valuenow", this.clamp(this.date) - first);
    this.handle.dataset.date = iso(this.date);
    this.brush.hidden = this.clear.hidden = this.from === null;
    if (this.from !== null) {
      this.brush.style.left = `${this.x(this.clamp(this.from))}px`;
      this.brush.style.width = `${at - this.x(this.clamp(this.from))}px`;
      const start = this.long(this.from);
      this.clear.textContent = `${fill(this.data.words.window, { start })} ×`;
      this.name(this.clear, fill(this.data.words.window_clear, { start }));
    }
    const root = this.box.getRootNode();
    if (root.activeElement !== this.typed) this.typed.value = this.slashed(this.date);
    if (this.pending === null && !this.moving) this.complain("");
    this.today.disabled = this.date === today;
    this.lookPlaying();
    this.speak();
  }

  draw() {
    this.width = this.strip.clientWidth;
    if (!this.data || !this.width) return;
    this.svg.replaceChildren();
    this.svg.setAttribute("width", this.width);
    this.drawGaps();
    this.drawBars();
    this.drawStages();
    this.drawAxis();
    this.drawMarks();
    if (this.date !== undefined) this.paint();
  }

  rect(from, to, y, height, attributes) {
    const x = this.x(from);
    const width = Math.max(this.x(to) - x, 1);
    return drawn("rect", { x, y, width, height, ...attributes }, this.svg);
  }

  drawGaps() {
    const hatch = drawn("pattern", {
      id: "unwatched", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)",
    }, this.svg);
    drawn("rect", { width: 6, height: 6, fill: "#eef1f3" }, hatch);
    drawn("rect", { width: 2, height: 6, fill: "#c3ced5" }, hatch);
    for (const [first, last, whole] of this.data.gaps) {
      this.rect(first, last + 1, 0, BARS_PX, { fill: whole ? "url(#unwatched)" : "#eef1f3" });
    }
  }

  drawBars() {
    // By the square root: the week of a vote would leave nothing to see of all others.
    const sum = (counts) => Object.values(counts).reduce((a, b) => a + b);
    const most = Math.sqrt(Math.max(1, ...Object.values(this.data.bars).map(sum)));
    for (const [week, counts] of Object.entries(this.data.bars)) {
      const end = this.data.days[week] + 1;
      const unit = ((BARS_PX - 3) * Math.sqrt(sum(counts))) / most / sum(counts);
      let y = BARS_PX;
      for (const [family, n] of Object.entries(counts)) {
        y -= n * unit;
        this.rect(end - 7, end, y, n * unit, { fill: this.data.families[family][1] });
      }
    }
  }

  drawStages() {
    for (const [first, last, , , lane, watched, open] of this.data.stages) {
      this.rect(first, last, LANES_AT + lane * LANE_PX, LANE_PX - 1, {
        fill: watched ? "#3f6a85" : "#b4c5cf", opacity: open ? 0.5 : 1, rx: 1,
      });
    }
  }

  drawAxis() {
    const [, , firstYear] = this.parts(this.data.first);
    const [, , lastYear] = this.parts(this.data.last);
    const perYear = this.x(this.data.first + 365);
    const months = perYear > 300 ? 3 : perYear > 150 ? 6 : 12;
    let free = -Infinity;
    for (let year = firstYear; year <= lastYear; year += 1) {
      for (let month = 0; month < 12; month += months) {
        const x = this.x(Date.UTC(year, month, 1) / DAY_MS);
        if (x < 0 || x > this.width) continue;
        drawn("line", { x1: x, x2: x, y1: 0, y2: month ? 3 : HEIGHT_PX, class: month ? "tick" : "year" }, this.svg);
        const words = month ? this.data.months_short[month] : String(year);
        const room = words.length * 6.5 + 8;
        if (x < free || x + room > this.width) continue;
        free = x + room;
        drawn("text", { x: x + 3, y: HEIGHT_PX - 2, class: "axis" }, this.svg).textContent = words;
      }
    }
  }

  drawMarks() {
    for (const [day, name] of this.data.votes) {
      this.mark(day, name, "vote");
    }
    this.mark(this.data.today, this.data.words.now, "today");
  }

  mark(day, words, kind) {
    if (day < this.data.first || day > this.data.last) return;
    const x = this.x(day);
    drawn("line", { x1: x, x2: x, y1: 0, y2: LANES_AT + 12, class: kind }, this.svg);
    const late = x > this.width - words.length * 6 - 8;
    const text = drawn("text", { x: late ? x - 3 : x + 3, y: 9, class: `axis ${kind}` }, this.svg);
    text.setAttribute("text-anchor", late ? "end" : "start");
    text.textContent = this.width > 600 || kind === "today" ? words : "";
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
