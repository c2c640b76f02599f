// What the cursor shows: words of a day, and the strip of weeks, stages, votes and gaps.

const DAY_MS = 864e5;
const BARS_PX = 34;
const LANE_PX = 4;
const LANES_AT = 36;
const HEIGHT_PX = 60;

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

class Scene {
  // Words ---------------------------------------------------------------------------------------

  parts(day) {
    const at = new Date(day * DAY_MS);
    return [at.getUTCDate(), at.getUTCMonth(), at.getUTCFullYear()];
  }

  long(day) {
    const [date, month, year] = this.parts(day);
    return `${date} ${this.data.months[month]} ${year}`;
  }

  short(day) {
    const [date, month, year] = this.parts(day);
    return `${date} ${this.data.months_short[month]} ${year}`;
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
      }), words.fixed);
    } else if (this.moving) plain.push(words.follows);
    this.says.replaceChildren();
    make("b", "", this.says).textContent = this.long(this.date);
    for (const one of plain) make("span", "", this.says).textContent = one;
    this.says.append(...this.weekWords(this.date));
    this.handle.setAttribute("aria-valuetext", [this.long(this.date), ...plain].join(", "));
  }

  // The legend of the map on one of the days of a film, how many units are in each class.
  filmLegend(index) {
    const { title, sub, starts, affairs, legend } = this.film;
    const [start, end] = [starts[index], this.data.days[index]].map((day) => day === undefined ? "" : this.short(day));
    const count = (digit) => this.fills[index].split(digit).length - 1;
    return {
      title, sub: fill(sub, { start, end, n: affairs[index] }),
      rows: legend.map(([digit, colour, words]) => [colour, words, String(count(digit))]),
    };
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
