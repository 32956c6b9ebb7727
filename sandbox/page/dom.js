// Elements are made here and nowhere else: text is always a text node, so nothing that anybody wrote becomes markup.

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

// What the page cannot draw must be seen at once, not be missing.
export function unknown(what, value) {
  return make("div", { class: "unknown", role: "alert" }, `${what}: ${JSON.stringify(value).slice(0, 300)}`);
}
