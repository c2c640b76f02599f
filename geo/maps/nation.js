// Layers of the map of the nation: shapes that come by extent, and where the map goes.
// siagaNation.draw(group, message) is called by what the component swaps (geo/maps/nation.py).
"use strict";
window.siagaNation = (function () {
  const LINE = "#6d7f8b", INK = "#17242d", HOLLOW = "#ffffff";
  const MOST_LABELS = 60;

  function draw(group, message) {
    const map = window.map_div || window.map;
    if (message.around.features.length) { group.addLayer(around(message)); }
    group.addLayer(units(message));
    if (message.tps.features.length) { group.addLayer(dots(message)); }
    labels(message).forEach((label) => group.addLayer(label));
    go(map, message.go);
  }

  function words(lines) {
    const box = document.createElement("div");
    lines.forEach(function (line, n) {
      const part = document.createElement(n ? "div" : "b");
      part.textContent = line;
      box.appendChild(part);
    });
    return box;
  }

  function tooltip(layer, lines) {
    layer.bindTooltip(words(lines), {sticky: true});
  }

  function units(message) {
    return L.geoJSON(message.units, {
      style: function (feature) {
        const fill = message.fills[feature.properties.code];
        return {
          color: LINE, weight: 0.8, fillColor: fill || HOLLOW, fillOpacity: fill ? 0.9 : 0.35,
          className: "nation-unit",
        };
      },
      onEachFeature: function (feature, layer) {
        tooltip(layer, message.tips[feature.properties.code] || []);
        layer.on("mouseover", () => layer.setStyle({weight: 2.5, color: INK}));
        layer.on("mouseout", () => layer.setStyle({weight: 0.8, color: LINE}));
      },
    });
  }

  function around(message) {
    return L.geoJSON(message.around, {
      style: {color: LINE, weight: 0.8, dashArray: "3 3", fillColor: "#e9e7e0", fillOpacity: 0.8},
      onEachFeature: (feature, layer) => tooltip(layer, [feature.properties.tip]),
    });
  }

  // Area of a dot grows with the TPS that it stands for; a ring says that some are of a high tier.
  function dots(message) {
    return L.geoJSON(message.tps, {
      pointToLayer: function (feature, at) {
        const said = feature.properties;
        return L.circleMarker(at, {
          radius: said.key ? 4 : Math.min(22, 4 + 1.6 * Math.sqrt(said.n)),
          color: said.hi ? "#b2182b" : "#ffffff", weight: said.hi ? 2 : 1,
          fillColor: "#4b5d69", fillOpacity: said.key ? 0.95 : 0.75,
        });
      },
      onEachFeature: function (feature, layer) {
        const said = feature.properties, lines = message.dot;
        const form = said.key ? lines.one : lines.many;
        tooltip(layer, form.map((line) => line
          .replace("{key}", said.key).replace("{n}", show(said.n, message.lang))
          .replace("{voters}", show(said.voters, message.lang))
          .replace("{hi}", show(said.hi, message.lang))));
      },
    });
  }

  function show(n, lang) { return n.toLocaleString(lang === "id" ? "id-ID" : "en-GB"); }

  function labels(message) {
    const all = Object.entries(message.labels);
    if (all.length > MOST_LABELS) { return []; }
    return all.map(function ([, [lat, lon, text]]) {
      const box = document.createElement("div");
      box.className = "siaga-label";
      box.style.height = "100%";
      box.textContent = text;
      return L.marker([lat, lon], {
        interactive: false, keyboard: false,
        icon: L.divIcon({className: "nation-label", html: box, iconSize: [60, 16]}),
      });
    });
  }

  // Obeyed once: the reader's own moves stay when the page is drawn again.
  function go(map, wanted) {
    if (!map || !wanted || map.siagaWent === wanted.n) { return; }
    map.siagaWent = wanted.n;
    const [west, south, east, north] = wanted.bounds;
    map.fitBounds([[south, west], [north, east]], {padding: [12, 12], animate: false});
  }

  return {draw: draw};
})();
