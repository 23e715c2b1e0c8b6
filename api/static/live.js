// One EventSource a page: the connection state, the clock, and parts of the page fetched anew when they change.
const say = document.getElementById("live"), text = document.getElementById("live-text"), clock = document.getElementById("clock");
const root = document.querySelector("[data-live]");
const zone = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: say?.dataset.zone });
const time = (ms) => zone.format(ms).replace(".", ":");
export const handlers = {};
export const siteNow = () => Number(say.dataset.site) + (Date.now() - Number(say.dataset.wall)) * Number(say.dataset.factor);
let heard = 0, lost = 0;

function show(connected, since) {
  if (connected) lost = 0; else lost ||= since || siteNow();
  say.classList.toggle("lost", !connected);
  const words = connected ? say.dataset.up : say.dataset.lost.replace("{time}", time(lost));
  if (text.textContent !== words) text.textContent = words;
}

let waiting = null, last = 0;
export function refresh(now = false) {
  const pace = Number(root.dataset.pace ?? 1000);
  if (waiting) return;
  waiting = setTimeout(async () => {
    last = Date.now();
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch { /* the stream tells when the connection is lost */ }
    waiting = null;
  }, now ? 0 : Math.max(0, last + pace - Date.now()));
}

function swap(page) {
  for (const id of root.dataset.refresh.split(" ")) {
    const mine = document.getElementById(id), fresh = page.getElementById(id);
    if (!mine || !fresh || mine.contains(document.activeElement) || mine.querySelector("details[open]")) continue;
    if (mine.outerHTML !== fresh.outerHTML) mine.replaceWith(fresh);
  }
  handlers.swapped?.();
}

export function follow() {
  if (!root) return;
  const stream = new EventSource(root.dataset.live);
  const on = (topic, act) => stream.addEventListener(topic, (event) => { heard = Date.now(); act(event.data ? JSON.parse(event.data) : null); });
  on("link", (link) => show(link.connected, link.lost_ms));
  on("reset", () => refresh(true));
  on("clock", (c) => { Object.assign(say.dataset, { site: c.site_ms, wall: c.at_wall_ms, factor: c.factor }); });
  for (const topic of ["job", "counts", "carrier", "positions", "reservations", "closure", "lift"]) on(topic, (view) => (handlers[topic] ?? refresh)(view));
  stream.onopen = () => show(true);
  stream.onerror = () => show(false);
  setInterval(() => { const now = time(siteNow()); if (clock.textContent !== now) clock.textContent = now; }, 500);
  setInterval(() => refresh(), 30000);
}
