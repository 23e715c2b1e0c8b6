// Lists whose items change in place, sorted by a key; an item that somebody is in is left until the focus goes.
export const $ = (id) => document.getElementById(id);
const make = (html) => { const box = document.createElement("template"); box.innerHTML = html.trim(); return box.content.firstElementChild; };
const less = (a, b) => (isNaN(a) ? a < b : Number(a) < Number(b));
const held = new Map();

export function put(list, id, html, key) {
  const old = $(id), fresh = html && make(html);
  if (old?.contains(document.activeElement) || old?.querySelector("details[open]")) { held.set(id, () => put(list, id, html, key)); return; }
  held.delete(id);
  if (old && fresh && old.dataset[key] === fresh.dataset[key]) old.replaceWith(fresh);
  else {
    old?.remove();
    if (fresh) list.insertBefore(fresh, [...list.children].find((item) => less(fresh.dataset[key], item.dataset[key])) ?? null);
    if (fresh && !old) fresh.classList.add("fresh");
  }
}

export function again(after) {
  document.addEventListener("focusout", () => setTimeout(() => { for (const item of [...held.values()]) item(); after(); }));
}
