// Hands what the server sends to the cursor of the page, apart from the cursor itself, so that a
// new date or a new film does not send weeks, stages and script again.
export default function ({ data }) {
  const hub = (window.siagaCursor ??= { parts: {}, heard: new Set() });
  hub.parts[data.part] = data;
  hub.heard.forEach((hear) => hear(data.part));
  return () => {
    if (hub.parts[data.part]?.map === data.map) {
      delete hub.parts[data.part];
      hub.heard.forEach((hear) => hear(data.part));
    }
  };
}
