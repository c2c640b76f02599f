// Layers of the map of the nation: shapes that come by extent, and where the map goes.
// siagaNation.draw(group, message) is called by what the component swaps (geo/maps/nation.py).
"use strict";
window.siagaNation = (function () {
  const LINE = "#6d7f8b", INK = "#17242d", HOLLOW = "#ffffff";
  const MOST_LABELS = 60, LABEL_PX = 16;

  function draw(group, message) {
    const map = window.map_div || window.map;
    if (message.around.features.length) { group.addLayer(around(message)); }
    const shapes = units(message);
    group.addLayer(shapes);
    if (message.tps.features.length) { group.addLayer(dots(message)); }
    const markers = labels(message, shapes);
    markers.forEach((marker) => group.addLayer(marker));
    go(map, message.go);
    arrange(map, markers);
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

  // The middle of the largest piece of a unit that is drawn: of an archipelago that is where the eye looks.
  function middle(layer) {
    const rings = layer.feature.geometry.type === "Polygon" ? [layer.getLatLngs()[0]]
      : layer.getLatLngs().map((piece) => piece[0]);
    let most = -1, at = null;
    rings.forEach(function (ring) {
      let area = 0, lat = 0, lng = 0;
      ring.forEach(function (a, n) {
        const b = ring[(n + 1) % ring.length], own = a.lng * b.lat - b.lng * a.lat;
        area += own; lat += (a.lat + b.lat) * own; lng += (a.lng + b.lng) * own;
      });
      if (Math.abs(area) > most) { most = Math.abs(area); at = [lat / (3 * area), lng / (3 * area)]; }
    });
    return most > 0 ? at : null;
  }

  // Of labels that would lie on each other the first stays: those of most reports come first.
  function arrange(map, markers) {
    if (!map) { return; }
    if (!map.siagaLabels) { map.on("zoomend resize", () => arrange(map, map.siagaLabels)); }
    map.siagaLabels = markers;
    const taken = [];
    markers.forEach(function (marker) {
      const at = map.latLngToLayerPoint(marker.getLatLng());
      const wide = 9 * marker.siagaLetters + 6;
      const free = taken.every((other) => Math.abs(other.at.x - at.x) * 2 > other.wide + wide
        || Math.abs(other.at.y - at.y) > LABEL_PX);
      if (free) { taken.push({at: at, wide: wide}); }
      marker.setOpacity(free ? 1 : 0);
    });
  }

  function labels(message, shapes) {
    if (message.labels.length > MOST_LABELS) { return []; }
    const places = {};
    shapes.eachLayer((layer) => { if (layer.getLatLngs) { places[layer.feature.properties.code] = middle(layer); } });
    return message.labels.map(function ([code, lat, lon, text]) {
      const box = document.createElement("div");
      box.className = "siaga-label";
      box.style.height = "100%";
      box.textContent = text;
      const marker = L.marker(places[code] || [lat, lon], {
        interactive: false, keyboard: false,
        icon: L.divIcon({className: "nation-label", html: box, iconSize: [60, LABEL_PX]}),
      });
      marker.siagaLetters = text.length;
      return marker;
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
