// The land of a map: fetched once by its address, painted from short messages.
// siaga.start(map, options) is called by the base map, siaga.paint(message) by what changes.
"use strict";
window.siaga = (function () {
  const LINE = "#6d7f8b", INK = "#17242d", SVG = "http://www.w3.org/2000/svg";
  const NARROW_PX = 560, NEAR_HOME = 0.6, HAND_PX = 900, RIM_PX = 4;
  const INSET_PX = [58, 190], STEP_PX = 4, NAME_PX = 15, SMALL_PX = 12;
  const FILLS = {
    hatch: "url(#siaga-hatch)", grey: "#c3c9cd", nihil: "#ffffff", none: "none",
  };
  let map = null, options = null, waiting = null, shown = null, frame = null, coming = null;
  let home = null;
  let levels = {}, insets = [], labels = null, legend = null, hovered = null, tooltip = null;
  let outlines = null, boxes = null, going = false, ground = null, panels = null;
  let grown = 1;

  // ---- the land -------------------------------------------------------------------------------
  function start(leaflet, wanted) {
    map = leaflet;
    options = wanted;
    map.siaga = true;
    map.isHome = () => home !== null && home.here;
    for (const [name, order] of [["land", 340], ["units", 350], ["edges", 360], ["labels", 410]]) {
      map.createPane(name).style.zIndex = order;
    }
    map.getPane("labels").style.pointerEvents = "none";
    defineHatch();
    labels = L.layerGroup([], {pane: "labels"}).addTo(map);
    outlines = L.layerGroup().addTo(map);
    boxes = L.layerGroup().addTo(map);
    panels = L.DomUtil.create("div", "siaga-panels", map.getContainer());
    map.attributionControl.setPrefix(false);
    L.control.scale({imperial: false}).addTo(map);
    for (const one of map.getContainer().querySelectorAll(".leaflet-control")) { panels.appendChild(one); }
    measure();
    goHome();
    if (options.name) { remember(); }
    if (options.channel) { listen(); }
    pointer();
    // Without this the component would report the untouched map, and the page would run twice.
    if (window.__GLOBAL_DATA__) { window.__GLOBAL_DATA__.last_object_clicked_count = null; }
    if (options.ground) {
      load(options.ground).then(function (level) {
        L.geoJSON(level.collection, {
          interactive: false, renderer: L.svg({pane: "land"}), pane: "land",
          style: {fillColor: options.colours.land, fillOpacity: 1, color: options.colours.coast,
                  weight: 0.8},
        }).addTo(map);
        ground = level.collection;
        arrange();
      });
    }
    map.on("resize", function () {
      measure();
      if (home.here) { goHome(); } else { home = {...homeView(), here: false}; }
      drawLabels();
      arrange();
    });
    map.on("zoomend", drawLabels);
    // While a zoom is drawn the view is on its way: a new size must not take it back home.
    map.on("movestart zoomstart", function () { if (!going) { home.here = false; } });
    map.on("moveend", function () { home.here = atHome(); drawInsets(); });
  }

  // What paper makes smaller is the map as it was on the screen.
  function measure() {
    if (window.matchMedia("print").matches) { return; }
    const size = map.getSize();
    document.documentElement.style.setProperty("--wide", size.x + "px");
    document.documentElement.style.setProperty("--high", size.y + "px");
    document.documentElement.classList.toggle("hand", window.parent.innerWidth <= HAND_PX);
    // Presented to a hall, words are read from afar: the small ones have 20 px, more on a large screen.
    const hall = window.parent.document.documentElement.classList.contains("sb-presenting");
    grown = hall ? Math.max(20, 0.016 * size.x) / SMALL_PX : 1;
    document.documentElement.classList.toggle("hall", hall);
    document.documentElement.style.setProperty("--grown", grown);
    if (window.frameElement) { window.frameElement.style.setProperty("--shape", size.x / size.y); }
  }

  function load(name) {
    if (!levels[name]) {
      levels[name] = fetch(options.land[name]).then(function (answer) {
        if (!answer.ok) { throw new Error("no land at " + answer.url); }
        return answer.json();
      }).then(function (collection) { return prepare(name, collection); });
    }
    return levels[name];
  }

  function prepare(name, collection) {
    const level = {name: name, collection: collection, paths: [], on: new Set(), copies: []};
    level.codes = collection.features.map((f) => f.properties.code);
    level.place = new Map(level.codes.map((code, n) => [code, n]));
    const renderer = unitsRenderer();
    L.geoJSON(collection, {
      interactive: false, pane: "units", renderer: renderer,
      style: {className: "unit", weight: 0.8, color: LINE, fillOpacity: 1},
      onEachFeature: function (feature, layer) {
        layer.siagaUnit = [level, level.paths.length];
        level.paths.push(layer);
      },
    });
    return level;
  }

  let renderer_ = null;
  function unitsRenderer() {
    renderer_ = renderer_ || L.svg({pane: "units", padding: 0.2});
    return renderer_;
  }

  function defineHatch() {
    const box = document.createElement("div");
    box.innerHTML = '<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>'
      + '<pattern id="siaga-hatch" width="7" height="7" patternUnits="userSpaceOnUse" '
      + 'patternTransform="rotate(45)"><rect width="7" height="7" fill="#fbfaf7"/>'
      + '<rect width="2" height="7" fill="#76858f"/></pattern>'
      // An inset is drawn in thousandths of its longer side, in which the other would be a grey.
      + '<pattern id="siaga-hatch-inset" href="#siaga-hatch" patternTransform="rotate(45) scale(8)">'
      + '</pattern></defs></svg>';
    document.body.appendChild(box.firstChild);
  }

  // ---- painting -------------------------------------------------------------------------------
  async function paint(message) {
    waiting = message;
    if (!map) { return; }
    const names = [...new Set([...message.parts, ...message.outlined].map((part) => part.level))];
    const found = await Promise.all(names.map(load));
    if (waiting !== message) { return; }  // newer colours came while the land was on its way
    const land = Object.fromEntries(found.map((level) => [level.name, level]));
    shown = {message: message, parts: message.parts.map((part) => ({...part, land: land[part.level]}))};
    shown.outlined = message.outlined.map((one) => [land[one.level], one.code]);
    buildInsets();
    drawOutlines();
    drawDots();
    coming = null;  // a frame whose land is still on its way is older than these colours
    show(null);
    words(message.words);
    obey(message.go);
  }

  function look(part, n) {
    const entry = part.palette[parseInt(part.fills[n], 36)];
    if (entry === undefined) { return null; }
    const [fill, dashed] = entry.split("/");
    const style = {fillColor: FILLS[fill] || fill, color: LINE, weight: 0.8, dashArray: null};
    if (fill === "nihil") { style.color = "#3f5664"; style.weight = 2; }
    if (dashed || fill === "none") { style.dashArray = "3 3"; }
    if (part.selected === part.land.codes[n]) { style.color = INK; style.weight = 3.5; }
    style.kind = fill;
    return style;
  }

  function parts() {
    if (frame === null) { return shown.parts; }
    const own = shown.parts.find((part) => part.land === frame.land);
    return [{...frame, selected: own && own.selected}];
  }

  // Colours of another day: what the server gave of its own day (dots, marks, words) is put away.
  // Those of another choice are of the same day, and its dots stay.
  function show(wanted) {
    const was = frame;
    frame = wanted;
    map.getContainer().classList.toggle("playing", frame !== null && !frame.chosen);
    drawUnits();
    drawLabels();
    if (was && frame && !frame.chosen && legend && legend.counts.length === frame.legend.rows.length) { countLegend(frame.legend); }
    else { drawLegend(); }
  }

  function drawUnits() {
    const drawn = new Map();
    for (const part of parts()) {
      part.land.paths.forEach(function (path, n) {
        const style = look(part, n);
        if (style) { drawn.set(path, style); }
      });
    }
    for (const part of shown.parts) { lift(part.land, drawn); }
    for (const name of Object.keys(levels)) {
      levels[name].then(function (level) { lift(level, drawn); });
    }
    for (const inset of insets) { paintInset(inset, drawn); }
    shown.drawn = drawn;
  }

  function lift(level, drawn) {
    for (const path of level.on) {
      if (!drawn.has(path)) { path.remove(); level.on.delete(path); path.siagaStyle = null; }
    }
    level.paths.forEach(function (path) {
      const style = drawn.get(path);
      if (!style) { return; }
      const key = JSON.stringify(style);
      if (path.siagaStyle !== key) { path.setStyle(style); path.siagaStyle = key; }
      if (!level.on.has(path)) {
        path.addTo(map);
        level.on.add(path);
        path._path.siagaUnit = path.siagaUnit;
      }
      if (style.weight > 1) { path.bringToFront(); }
    });
  }

  function drawOutlines() {
    outlines.clearLayers();
    for (const [level, code] of shown.outlined) {
      const feature = level.collection.features[level.place.get(code)];
      if (!feature) { continue; }
      L.geoJSON(feature, {
        interactive: false, pane: "edges", renderer: edgeRenderer(),
        style: {fill: false, color: INK, weight: 4, opacity: 0.8},
      }).addTo(outlines);
    }
  }

  let dots = null, dotted = "", told_ = null;
  function drawDots() {
    const wanted = shown.message.dots, key = JSON.stringify([wanted, shown.message.dots_end]);
    if (key !== dotted) {
      if (dots) { dots.remove(); }
      dotted = key;
      const ending = shown.message.dots_end;
      dots = L.layerGroup(wanted.map(function ([id, lon, lat, radius, colour, words]) {
        const dot = L.circleMarker([lat, lon], {
          radius: radius, fillColor: colour, fillOpacity: 0.95, color: "#ffffff", weight: 1.2,
        });
        dot.siagaKey = id;
        return dot.bindTooltip(words + ending, {sticky: true}).on("click", function (event) {
          L.DomEvent.stopPropagation(event);
          choose({key: id});
        });
      })).addTo(map);
    }
    const said = shown.message.popup;
    if (!said || said.n === told_) { return; }
    told_ = said.n;
    dots.eachLayer(function (dot) {
      if (dot.siagaKey !== said.key) { return; }
      dot.closeTooltip();
      L.popup({maxWidth: 340}).setLatLng(dot.getLatLng()).setContent(said.html).openOn(map);
    });
  }

  let edges_ = null;
  function edgeRenderer() {
    edges_ = edges_ || L.svg({pane: "edges", padding: 0.2});
    return edges_;
  }

  // ---- words of a unit ------------------------------------------------------------------------
  function plain(text) {
    const box = document.createElement("i");
    box.textContent = text;
    return box.innerHTML;
  }

  function tip(level, n) {
    const part = shown.parts.find((one) => one.land === level && one.fills[n] !== ".");
    if (frame || !part || !part.tips) { return ""; }
    const at = [...part.fills.slice(0, n)].filter((c) => c !== ".").length;
    part.tips.split = part.tips.split || part.tips.values.split(";");
    const values = part.tips.split[at].split("|");
    const own = level.collection.features[n].properties;
    let turn = 0;
    const form = part.tips.forms[parseInt(part.tips.form.slice(2 * at, 2 * at + 2), 36)];
    return form.map((line) => part.tips.lines[line]).join("<br>").replace(/[\ue000-\ue002]/g, function (mark) {
      if (mark === "\ue000") { return values[turn++]; }
      return plain(mark === "\ue001" ? own.name : own.place);
    });
  }

  function unitAt(event) {
    const hit = event.target && event.target.closest ? event.target.closest("path.unit") : null;
    return hit && hit.siagaUnit ? hit.siagaUnit : null;
  }

  function pointer() {
    map.on("click", function (event) {
      const unit = unitAt(event.originalEvent);
      if (unit) { choose({code: unit[0].codes[unit[1]]}); }
    });
    map.on("mousemove", function (event) {
      const unit = unitAt(event.originalEvent);
      hover(unit);
      if (unit) {
        const html = tip(unit[0], unit[1]);
        if (html) {
          tooltip = tooltip || L.tooltip({offset: [12, 0], direction: "auto", sticky: true});
          if (tooltip.siagaWords !== html) { tooltip.setContent(html); tooltip.siagaWords = html; }
          tooltip.setLatLng(event.latlng);
          if (!map.hasLayer(tooltip)) { map.addLayer(tooltip); }
          return;
        }
      }
      if (tooltip) { map.removeLayer(tooltip); }
    });
    map.on("mouseout", function () { hover(null); if (tooltip) { map.removeLayer(tooltip); } });
  }

  function hover(unit) {
    const path = unit ? unit[0].paths[unit[1]] : null;
    if (path === hovered) { return; }
    if (hovered && shown.drawn.has(hovered)) { hovered.setStyle(shown.drawn.get(hovered)); }
    hovered = path;
    if (path && path._path) { path.setStyle({weight: 3, color: INK}); path.bringToFront(); }
  }

  let clicks = 0;
  function choose(what) {
    if (what.code && !options.clicks) { return; }
    const data = window.__GLOBAL_DATA__;
    clicks += 1;
    // The number tells a click from the same one before it, also from one before a reload.
    const properties = {...what, n: Date.now() + clicks};
    data.last_active_drawing = {type: "Feature", properties: properties};
    data.last_object_clicked_count = (data.last_object_clicked_count || 0) + 1;
    // The component would say the same a quarter of a second later; told now, it has nothing new.
    const wanted = data.returned_objects || [];
    const told = {};
    if (wanted.includes("last_clicked")) { told.last_clicked = data.lat_lng_clicked; }
    if (wanted.includes("last_object_clicked_count")) {
      told.last_object_clicked_count = data.last_object_clicked_count;
    }
    told.last_active_drawing = data.last_active_drawing;
    data.previous_data = told;
    window.parent.postMessage({
      isStreamlitMessage: true, type: "streamlit:setComponentValue", value: told, dataType: "json",
    }, "*");
  }

  // ---- labels ---------------------------------------------------------------------------------
  function drawLabels() {
    if (!shown) { return; }
    labels.clearLayers();
    const placed = [];
    map.eachLayer(function (layer) {
      const round = layer instanceof L.CircleMarker;
      if (!round && (!(layer instanceof L.Marker) || layer.options.pane === "labels")) { return; }
      const at = map.project(layer.getLatLng()), r = round ? layer.getRadius() : 14;
      placed.push([at.x - r, at.y - r, at.x + r, at.y + r]);
    });
    const wanted = [];
    for (const part of parts()) {
      part.land.codes.forEach(function (code, n) {
        const style = look(part, n);
        if (!style) { return; }
        const said = (part.labels || {})[n];
        if (said !== undefined) { wanted.push([part, n, said, parseInt(part.fills[n], 36)]); }
        else if (style.kind === "nihil") { wanted.push([part, n, "0", -1]); }
      });
    }
    wanted.sort((a, b) => b[3] - a[3]);
    for (const [part, n, said] of wanted) { putLabel(part, n, said, placed); }
  }

  const ASIDE = [[0, 0], [0, -15], [0, 15], [16, 0], [-16, 0], [0, -24], [0, 24]];
  function putLabel(part, n, said, placed) {
    const own = part.land.collection.features[n].properties;
    const at = map.project(L.latLng(own.at[1], own.at[0]));
    const room = own.room * 256 * Math.pow(2, map.getZoom()) / 360;
    const name = (own.name.length * 6.6 + 6) * grown;
    for (const [text, wide, high] of [[[own.name, said], Math.max(name, 18), 30 * grown], [[said], (9 * said.length + 8) * grown, 17 * grown]]) {
      if (text.length > 1 && (own.name === said || room * 3 < name)) { continue; }
      const boxes_ = ASIDE.filter(([x, y]) => Math.hypot(x, y) <= Math.max(room, 1) * 1.2).map(
        ([x, y]) => [at.x + x - wide / 2, at.y + y - high / 2, at.x + x + wide / 2, at.y + y + high / 2]);
      const box = boxes_.find((b) => !placed.some(
        (o) => b[0] < o[2] && b[2] > o[0] && b[1] < o[3] && b[3] > o[1]));
      if (!box) { continue; }
      placed.push(box);
      const html = text.map((line, k) => (k === text.length - 1 ? "<b>" : "<span>") + plain(line)
        + (k === text.length - 1 ? "</b>" : "</span>")).join("");
      L.marker([own.at[1], own.at[0]], {
        pane: "labels", interactive: false, keyboard: false,
        icon: L.divIcon({className: "siaga-label" + (dark(part, n) ? " light" : ""), html: html, iconSize: [wide, high],
                         iconAnchor: [at.x - box[0], at.y - box[1]]}),
      }).addTo(labels);
      return;
    }
  }

  function dark(part, n) {
    const fill = look(part, n).fillColor;
    if (!/^#[0-9a-f]{6}$/i.test(fill)) { return false; }
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(fill.slice(at, at + 2), 16));
    return 0.299 * r + 0.587 * g + 0.114 * b < 95;
  }

  // ---- legend ---------------------------------------------------------------------------------
  function swatch(fill) {
    const [kind, dashed] = fill.split("/");
    const box = document.createElementNS(SVG, "svg");
    box.setAttribute("width", "26");
    box.setAttribute("height", "16");
    box.setAttribute("aria-hidden", "true");
    const shape = document.createElementNS(SVG, kind.startsWith("dot:") ? "circle" : "rect");
    const colour = kind.startsWith("dot:") ? kind.slice(4) : FILLS[kind] || kind;
    const size = kind.startsWith("dot:") ? {cx: 13, cy: 8, r: 6} : {x: 1, y: 1, width: 24, height: 14};
    for (const [name, value] of Object.entries(size)) { shape.setAttribute(name, value); }
    shape.setAttribute("fill", colour);
    shape.setAttribute("stroke", kind === "nihil" ? "#3f5664" : LINE);
    shape.setAttribute("stroke-width", kind === "nihil" ? 2 : 1);
    if (dashed || kind === "none") { shape.setAttribute("stroke-dasharray", "3 3"); }
    box.appendChild(shape);
    if (kind === "nihil") {
      const zero = document.createElementNS(SVG, "text");
      zero.setAttribute("x", "13");
      zero.setAttribute("y", "12.5");
      zero.setAttribute("text-anchor", "middle");
      zero.setAttribute("font-size", "12");
      zero.setAttribute("font-weight", "700");
      zero.textContent = "0";
      box.appendChild(zero);
    }
    return box;
  }

  let wish = null;  // whether the reader opened or closed the legend
  function drawLegend() {
    if (legend) { legend.remove(); legend = null; }
    const said = frame ? frame.legend : shown.message.legend;
    if (!said) { arrange(); return; }
    legend = L.DomUtil.create("details", "siaga-legend", panels);
    const title = L.DomUtil.create("summary", "", legend);
    title.textContent = said.title;
    legend.sub = L.DomUtil.create("div", "sub", legend);
    const rows = L.DomUtil.create("div", "rows", legend);
    legend.counts = said.rows.map(function ([fill, text]) {
      const row = L.DomUtil.create("div", "row", rows);
      row.appendChild(swatch(fill));
      L.DomUtil.create("span", "", row).textContent = text;
      return L.DomUtil.create("span", "n", row);
    });
    title.addEventListener("click", function (event) {
      event.preventDefault();
      wish = !legend.open;
      arrange();
    });
    L.DomEvent.disableClickPropagation(legend);
    L.DomEvent.disableScrollPropagation(legend);
    countLegend(said);
    arrange();
  }

  function countLegend(said) {
    legend.sub.textContent = said.sub || "";
    said.rows.forEach(function ([, , count], n) { legend.counts[n].textContent = count === null ? "" : count; });
  }

  function words(said) {
    const buttons = {in: ".leaflet-control-zoom-in", out: ".leaflet-control-zoom-out"};
    for (const [name, where] of Object.entries(buttons)) {
      const button = map.getContainer().querySelector(where);
      if (button) { button.title = said[name]; button.setAttribute("aria-label", said[name]); }
    }
    document.documentElement.lang = said.lang;
    document.title = said.title;
    if (window.frameElement) { window.frameElement.title = said.title; }
  }

  // ---- insets ---------------------------------------------------------------------------------
  let built = "";
  function buildInsets() {
    const wanted = options.insets || [];
    const key = shown.parts.map((part) => part.land.name).join();
    if (!wanted.length || !shown.parts.length || key === built) { return; }
    built = key;
    for (const one of insets) { one.box.remove(); }
    boxes.clearLayers();
    insets = wanted.map((one) => inset(one, panels));
    settled = "";
    for (const one of insets) {
      one.mark = L.rectangle(one.edges, {
        pane: "edges", renderer: edgeRenderer(), interactive: false, fill: false, color: INK,
        weight: 1.2, dashArray: "4 3",
      }).addTo(boxes);
    }
  }

  function inset(wanted, box) {
    const [south, west, north, east] = wanted.bounds;
    const squeeze = Math.cos((south + north) / 2 * Math.PI / 180);
    const wide = (east - west) * squeeze, high = north - south;
    const scale = 1000 / Math.max(wide, high);
    const frame_ = L.DomUtil.create("div", "siaga-inset", box);
    const picture = document.createElementNS(SVG, "svg");
    picture.setAttribute("viewBox", "0 0 " + wide * scale + " " + high * scale);
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", wanted.name);
    frame_.appendChild(picture);
    const title = L.DomUtil.create("span", "name", frame_);
    L.DomEvent.disableClickPropagation(frame_);
    const own = {name: wanted.name, box: frame_, title: title, copies: new Map(), shape: wide / high,
                 edges: [[south, west], [north, east]]};
    function outline(rings) {
      return rings.map((ring) => "M" + ring.map(([x, y]) =>
        ((x - west) * squeeze * scale).toFixed(1) + "," + ((north - y) * scale).toFixed(1)
      ).join("L") + "Z").join("");
    }
    for (const part of shown.parts) {
      part.land.collection.features.forEach(function (feature, n) {
        const {type, coordinates} = feature.geometry;
        const pieces = (type === "Polygon" ? [coordinates] : coordinates).filter((rings) =>
          rings[0].some(([x, y]) => x >= west && x <= east && y >= south && y <= north));
        if (!pieces.length) { return; }
        const path = document.createElementNS(SVG, "path");
        path.setAttribute("d", pieces.map(outline).join(""));
        path.setAttribute("class", "unit");
        path.siagaUnit = [part.land, n];
        picture.appendChild(path);
        own.copies.set(part.land.paths[n], path);
      });
    }
    frame_.addEventListener("click", function (event) {
      const unit = unitAt(event);
      if (unit) { choose({code: unit[0].codes[unit[1]]}); }
    });
    frame_.addEventListener("mousemove", function (event) {
      const unit = unitAt(event);
      frame_.title = unit ? tip(unit[0], unit[1]).replace(/<br>/g, "\n").replace(/<[^>]*>/g, "") : wanted.name;
    });
    return own;
  }

  function paintInset(one, drawn) {
    one.copies.forEach(function (copy, path) {
      const style = drawn.get(path);
      copy.style.display = style ? "" : "none";
      if (!style) { return; }
      copy.setAttribute("fill", style.fillColor.replace("#siaga-hatch", "#siaga-hatch-inset"));
      copy.setAttribute("stroke", style.color);
      copy.setAttribute("stroke-width", style.weight);
      if (style.dashArray) { copy.setAttribute("stroke-dasharray", style.dashArray); }
      else { copy.removeAttribute("stroke-dasharray"); }
    });
  }

  const ARROWS = ["→", "↗", "↑", "↖", "←", "↙", "↓", "↘"];
  function drawInsets() {
    const size = map.getSize();
    const fits = placed && home && map.getZoom() <= home.zoom + NEAR_HOME;
    for (const one of insets) {
      one.box.style.display = fits ? "" : "none";
      if (fits && !map.hasLayer(one.mark)) { one.mark.addTo(boxes); }
      if (!fits && map.hasLayer(one.mark)) { one.mark.remove(); }
      const bounds = L.latLngBounds(one.edges);
      const there = map.latLngToContainerPoint(bounds.getCenter());
      const inside = there.x > 0 && there.y > 0 && there.x < size.x && there.y < size.y;
      const turn = Math.atan2(size.y / 2 - there.y, there.x - size.x / 2);
      one.title.textContent = one.name
        + (inside ? "" : " " + ARROWS[(Math.round(turn / (Math.PI / 4)) + 8) % 8]);
    }
  }

  // ---- places on the sea ----------------------------------------------------------------------
  let sea = null, seaOf = "", settled = "", placed = false;
  function seaAtHome() {
    const size = map.getSize(), key = [size.x, size.y, home.zoom].join();
    if (key !== seaOf) {
      seaOf = key;
      const corner = map.project(home.centre, home.zoom).subtract(size.divideBy(2));
      const rings = ground.features.flatMap(function (feature) {
        const {type, coordinates} = feature.geometry;
        return (type === "Polygon" ? [coordinates] : coordinates).flat();
      });
      sea = siagaSea(size, rings.map((ring) => ring.map(
        ([lng, lat]) => map.project([lat, lng], home.zoom).subtract(corner))));
      sea.corner_ = corner;
    }
    sea.drop(0);
    const at = (place) => map.project(place, home.zoom).subtract(sea.corner_), ways = [], rings = [];
    function ring(west, north, east, south) {
      rings.push([[west, north], [east, north], [east, south], [west, south]].map(([x, y]) => L.point(x, y)));
    }
    map.eachLayer(function (layer) {
      if (layer instanceof L.Polyline && !(layer instanceof L.Polygon)) {
        const lines = layer.getLatLngs();
        ways.push(...(L.LineUtil.isFlat(lines) ? [lines] : lines).map((line) => line.map(at)));
      } else if (layer instanceof L.CircleMarker) {
        const {x, y} = at(layer.getLatLng()), r = layer.getRadius();
        ring(x - r, y - r, x + r, y + r);
      }
    });
    for (const {edges: [[south, west], [north, east]]} of insets) {
      const [low, high] = [at([south, west]), at([north, east])];
      ring(low.x, high.y, high.x, low.y);
    }
    sea.mark(ways, rings);
    return sea;
  }

  // Buttons, scale, legend and insets where they hide no land of the first view: the small ones
  // first, so that they are where they were whatever the legend says, then the legend where the
  // insets may stay. Else all anew: an open legend is worth more than insets, and of its forms the
  // one that leaves them the most room.
  function arrange() {
    if (!ground || !shown || !map.getSize().x) { return; }
    const free = seaAtHome();
    for (const one of panels.querySelectorAll(".leaflet-control")) {
      const [wide, high] = [one.offsetWidth, one.offsetHeight];
      const spot = one.textContent ? free.find(wide, high, free.corner(wide, high), false) : null;
      if (spot) { stand(one, free.take(spot)); }
    }
    const kept = free.count();
    let best = null;
    for (const form of legend ? legendForms() : [{}]) {
      free.drop(kept);
      const stay = insets.length > 0 && settled === seaOf && form.bare ? insets.map((one) => one.spot) : [];
      stay.forEach(free.take);
      let at = placeOf(form, free);
      if (at && stay.length) { best = {form: form, at: at, insets: {spots: stay}}; break; }
      free.drop(kept);
      at = placeOf(form, free);
      if (legend && !at) { continue; }
      if (at) { free.take(at); }
      const found = insetPlaces(free), worth = (form.open ? 1000 : 0) + (found ? found.high : 0);
      if (!best || worth > best.worth) { best = {form: form, at: at, insets: found, worth: worth}; }
    }
    if (!best) { return; }
    if (legend) { shape(best.form); stand(legend, best.at); }
    placed = best.insets !== null;
    settled = placed ? seaOf : "";
    (placed ? best.insets.spots : []).forEach(function (spot, n) {
      insets[n].spot = spot;
      stand(insets[n].box, spot);
      insets[n].box.style.width = spot.w + "px";
      insets[n].box.style.height = spot.h + "px";
    });
    drawInsets();
  }

  function placeOf(form, free) {
    return legend ? free.find(form.wide, form.high, free.corner(form.wide, form.high), form.bare) : null;
  }

  function shape(form) {
    legend.open = form.open;
    legend.classList.toggle("two", form.two);
  }

  function legendForms() {
    const open = wish === null ? map.getSize().x >= NARROW_PX : wish;
    const forms = [{open: true, two: false, bare: true}, {open: true, two: true, bare: true}];
    const last = {open: wish === true, two: false, bare: false};
    return [...(open ? forms : []), last].map(function (form) {
      shape(form);
      return {...form, wide: legend.offsetWidth, high: legend.offsetHeight};
    });
  }

  // The insets as high as there is room for all of them; null where there is none.
  function insetPlaces(free) {
    let found = null, [low, high] = [INSET_PX[0], Math.min(INSET_PX[1], map.getSize().y / 2)];
    while (insets.length && low <= high) {
      const tried = found ? (low + high) / 2 : low;
      const spots = insetsOf(free, Math.round(tried));
      if (spots) { found = {high: tried, spots: spots}; low = tried + STEP_PX; }
      else if (found) { high = tried - STEP_PX; }
      else { break; }
    }
    return found;
  }

  function insetsOf(free, high) {
    const before = free.count(), spots = [];
    for (const one of insets) {
      const wide = Math.round(Math.max(
        (high - NAME_PX * grown) * Math.min(Math.max(one.shape, 0.8), 1.7), (one.name.length * 6.3 + 22) * grown));
      const there = map.project(L.latLngBounds(one.edges).getCenter(), home.zoom).subtract(free.corner_);
      const spot = free.find(wide, high, free.side(wide, high, there), true);
      if (!spot) { break; }
      spots.push(free.take(spot));
    }
    free.drop(before);
    return spots.length === insets.length ? spots : null;
  }

  // What grows, as the legend does when it is opened, grows into the frame.
  function stand(box, spot) {
    const size = map.getSize(), style = box.style;
    box.classList.add("placed");
    const right = spot.x + spot.w / 2 > size.x / 2, low = spot.y + spot.h / 2 > size.y / 2;
    style.left = right ? "auto" : spot.x + "px";
    style.right = right ? size.x - spot.x - spot.w + "px" : "auto";
    style.top = low ? "auto" : spot.y + "px";
    style.bottom = low ? size.y - spot.y - spot.h + "px" : "auto";
  }

  // ---- views ----------------------------------------------------------------------------------
  function view() {
    const centre = map.getCenter();
    return [centre.lat, centre.lng, map.getZoom()];
  }

  function atHome() {
    const [lat, lng, zoom] = view();
    return home !== null && Math.abs(zoom - home.zoom) < 0.01
      && map.project([lat, lng]).distanceTo(map.project(home.centre)) < 2;
  }

  // The main islands as large as the frame allows; what it is too wide by goes to the emptier side.
  function homeView() {
    const [south, west, north, east] = options.bounds, size = map.getSize();
    // A frame that is not laid out yet has no size to fit into; it says when it has.
    if (Math.min(size.x, size.y) <= 2 * RIM_PX) {
      return {centre: L.latLngBounds([south, west], [north, east]).getCenter(), zoom: map.getMinZoom()};
    }
    const zoom = map.getBoundsZoom([[south, west], [north, east]], false, [2 * RIM_PX, 2 * RIM_PX]);
    const low = map.project([south, west], zoom), high = map.project([north, east], zoom);
    const spare = Math.max(0, size.x - 2 * RIM_PX - (high.x - low.x));
    const middle = low.add(high).divideBy(2).add([options.spare * spare / 2, 0]);
    return {centre: map.unproject(middle, zoom), zoom: zoom};
  }

  function goHome() {
    home = {...homeView(), here: true};
    going = true;
    map.setView(home.centre, home.zoom, {animate: false});
    going = false;
  }

  function asked() {
    const said = new URLSearchParams(window.parent.location.search).get("lihat") || "";
    const found = said.split(",").map(Number);
    const right = found.length === 3 && said.split(",").every((one) => one.trim() !== "")
      && found.every(Number.isFinite) && Math.abs(found[0]) <= 85 && Math.abs(found[1]) <= 180
      && found[2] >= map.getMinZoom() && found[2] <= map.getMaxZoom();
    return right ? found : null;
  }

  // What pages share of the view is newer than an address that the server wrote, until a reload.
  const SHARED = "view-shared", EVERY_MS = 400;
  function kept(key) {
    if (options.address) {
      const shared = JSON.parse(sessionStorage.getItem(SHARED) || "null");
      if (shared && shared.since === window.parent.performance.timeOrigin) { return shared.view; }
      const said = asked();
      if (said) { return said; }
    }
    return JSON.parse(sessionStorage.getItem(key) || "null");
  }

  function remember() {
    const key = "view-" + options.name;
    const before = kept(key);
    if (before) { map.setView([before[0], before[1]], before[2], {animate: false}); }
    home.here = atHome();
    map.on("moveend", function () {
      if (going) { return; }
      const now = atHome() ? null : view();
      if (now) { sessionStorage.setItem(key, JSON.stringify(now)); }
      else { sessionStorage.removeItem(key); }
      if (options.address) {
        sessionStorage.setItem(SHARED, JSON.stringify(
          {since: window.parent.performance.timeOrigin, view: now}));
      }
    });
    if (!options.address) { return; }
    // The page's own script writes the address too, without knowing of the view.
    setInterval(writeAddress, EVERY_MS);
    const parent = window.parent;
    function back() {
      const said = asked();
      if (said) { map.setView([said[0], said[1]], said[2], {animate: false}); }
    }
    parent.addEventListener("popstate", back);
    window.addEventListener("pagehide", function () { parent.removeEventListener("popstate", back); });
  }

  // The address is written without a run of the page.
  function writeAddress() {
    if (map._animatingZoom) { return; }
    const parent = window.parent, place = new URL(parent.location.href);
    const [lat, lng, zoom] = view();
    const said = home.here || atHome() ? null : [lat.toFixed(4), lng.toFixed(4), zoom.toFixed(2)].join(",");
    if (place.searchParams.get("lihat") === said) { return; }
    if (said === null) { place.searchParams.delete("lihat"); }
    else { place.searchParams.set("lihat", said); }
    const to = place.pathname + place.search.replace(/%2C/g, ",") + place.hash;
    parent.history.replaceState(parent.history.state, "", to);
  }

  function obey(go) {
    if (!go) { return; }
    const key = "go-" + options.name;
    if (sessionStorage.getItem(key) === String(go.n)) { return; }
    sessionStorage.setItem(key, String(go.n));
    if (go.home) { goHome(); return; }
    if (go.bounds) { fly(L.latLngBounds([[go.bounds[0], go.bounds[1]], [go.bounds[2], go.bounds[3]]])); return; }
    load(go.level).then(function (level) {
      const path = level.paths[level.place.get(go.code)];
      if (path) { fly(path.getBounds()); }
    });
  }

  function fly(bounds) { map.fitBounds(bounds, {padding: [24, 24], maxZoom: 12, animate: false}); }

  // ---- other scripts of the page --------------------------------------------------------------
  function listen() {
    new BroadcastChannel("siaga-" + options.channel).onmessage = function (event) {
      const said = event.data || {};
      if (said.map !== options.name || !shown) { return; }
      if (said.kind === "expect") { said.levels.forEach(load); }
      if (said.kind !== "frame") { return; }
      coming = said;
      if (said.fills === null) { show(null); return; }
      load(said.level).then(function (land) { if (coming === said) { show({...said, land: land}); } });
    };
    if (!options.link) { return; }
    const link = new BroadcastChannel("siaga-view-" + options.channel + "-" + options.link);
    let told = "";
    map.on("moveend", function () {
      const said = JSON.stringify(view());
      if (said !== told) { told = said; link.postMessage(said); }
    });
    link.onmessage = function (event) {
      if (event.data === told) { return; }
      told = event.data;
      const [lat, lng, zoom] = JSON.parse(event.data);
      map.setView([lat, lng], zoom, {animate: false});
      told = JSON.stringify(view());
    };
  }

  return {start: start, paint: paint, channel: () => options.channel};
})();
