// Paints what a box will show as soon as it is chosen, from what was sent ahead. What the server
// says of the choice takes its place.
function begin() {
  const boxes = {};
  const boxOf = (node) => boxes[node?.getAttribute?.("aria-label")];
  const post = (box, said) => {
    const channel = new BroadcastChannel(`siaga-${box.channel}`);
    channel.postMessage({ map: box.map, ...said });
    channel.close();
  };
  // Frames are of one state of the page, which another click may have changed before.
  const fits = ({ own, state }) => {
    const now = new URLSearchParams(location.search);
    own.forEach((name) => now.delete(name));
    const names = [...new Set(now.keys())];
    return names.length === Object.keys(state).length && names.every((name) => now.get(name) === state[name]);
  };
  const choose = (option) => {
    const box = boxOf(document.querySelector("[role=combobox][aria-expanded=true]"));
    const frame = box?.frames[option?.textContent];
    if (!frame || option.getAttribute("aria-selected") === "true" || !fits(box)) return;
    post(box, { kind: "frame", chosen: true, ...frame });
  };
  window.addEventListener("focusin", (event) => {
    const box = boxOf(event.target);
    if (box) post(box, { kind: "expect", levels: Object.values(box.frames).map((one) => one.level) });
  }, true);
  window.addEventListener("pointerup", (event) => choose(event.target.closest?.("[role=option]")), true);
  window.addEventListener("keydown", (event) => {
    const active = event.target.getAttribute?.("aria-activedescendant");
    if (event.key === "Enter" && active) choose(document.getElementById(active));
  }, true);
  return boxes;
}

export default function ({ data }) {
  const boxes = (window.siagaChoices ??= begin());
  boxes[data.box] = data;
  return () => {
    if (boxes[data.box] === data) delete boxes[data.box];
  };
}
