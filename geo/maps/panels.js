// Where things stand in the frame of a map: on the sea, where they hide no land.
"use strict";
window.siagaSea = (function () {
  const CELL_PX = 4, GAP_PX = 6;
  const MARK_PX = 8;  // how much farther a box goes to hide one cell less of the marks

  // A frame in which land is known and places are given away one after the other.
  // rings: outlines of the land in pixels of the frame, holes among them.
  function sea(size, rings) {
    const wide = Math.ceil(size.x / CELL_PX), high = Math.ceil(size.y / CELL_PX);
    const land = sums(wide, high, rings, []), taken = [];
    let marked = null;

    function within(held, x, y, w, h) {
      const [a, b] = [Math.floor(x / CELL_PX), Math.floor(y / CELL_PX)];
      const c = Math.min(wide, Math.ceil((x + w) / CELL_PX)), d = Math.min(high, Math.ceil((y + h) / CELL_PX));
      const row = wide + 1;
      return held[d * row + c] - held[b * row + c] - held[d * row + a] + held[b * row + a];
    }

    // The place of a box that hides the least land, of those the one of least cost, to which what
    // it hides of the marks adds; null where there is no room, or none without land though it must
    // hide none.
    function find(w, h, cost, bare) {
      let best = null;
      for (let y = GAP_PX; y + h + GAP_PX <= size.y; y += CELL_PX) {
        for (let x = GAP_PX; x + w + GAP_PX <= size.x; x += CELL_PX) {
          const hidden = within(land, x, y, w, h);
          if ((bare && hidden) || (best && hidden > best.hidden)) { continue; }
          if (taken.some((o) => x < o.x + o.w + GAP_PX && o.x < x + w + GAP_PX
                          && y < o.y + o.h + GAP_PX && o.y < y + h + GAP_PX)) { continue; }
          const price = cost(x, y) + (marked ? MARK_PX * within(marked, x, y, w, h) : 0);
          if (!best || hidden < best.hidden || price < best.price) { best = {x, y, w, h, hidden, price}; }
        }
      }
      return best;
    }

    return {
      find: find,
      // What lies on the sea: ways, and boxes and dots as rings.
      mark: function (ways, boxes) { marked = sums(wide, high, boxes, ways); },
      take: function (box) { taken.push(box); return box; },
      drop: function (n) { taken.length = n; },
      count: () => taken.length,
      // How far a box stands from the nearest corner, and from the nearest side.
      corner: (w, h) => (x, y) => Math.min(x, size.x - x - w) + Math.min(y, size.y - y - h),
      side: (w, h, at) => (x, y) =>
        Math.min(x, y, size.x - x - w, size.y - y - h) + Math.hypot(x + w / 2 - at.x, y + h / 2 - at.y),
    };
  }

  // How many cells that are drawn on lie above and left of each.
  function sums(wide, high, rings, ways) {
    const canvas = document.createElement("canvas");
    canvas.width = wide;
    canvas.height = high;
    const pen = canvas.getContext("2d", {willReadFrequently: true});
    pen.scale(1 / CELL_PX, 1 / CELL_PX);
    pen.lineWidth = CELL_PX;
    pen.beginPath();
    const draw = (at, n) => (n ? pen.lineTo(at.x, at.y) : pen.moveTo(at.x, at.y));
    for (const ring of rings) { ring.forEach(draw); pen.closePath(); }
    pen.fill("evenodd");
    for (const way of ways) { way.forEach(draw); }
    pen.stroke();
    const seen = pen.getImageData(0, 0, wide, high).data, row = wide + 1;
    const held = new Int32Array(row * (high + 1));
    for (let y = 0; y < high; y += 1) {
      for (let x = 0, line = 0; x < wide; x += 1) {
        line += seen[4 * (y * wide + x) + 3] > 0;
        held[(y + 1) * row + x + 1] = held[y * row + x + 1] + line;
      }
    }
    return held;
  }

  return sea;
})();
