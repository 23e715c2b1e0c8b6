// Pages of equipment: parts are fetched anew every few seconds, keeping focus, scroll and what is being written.
import { follow } from "./live.js";
const root = document.querySelector("[data-renew]");

const changed = (field) => field.checked !== field.defaultChecked || field.value !== field.defaultValue;
const busy = (part) => {
  const at = document.activeElement;
  return part.contains(at) && at.matches("input, select") || part.querySelector("details[open] form") || [...part.querySelectorAll("input")].some(changed);
};
const path = (part, item) => {
  const steps = [];
  for (; item !== part; item = item.parentElement) steps.unshift(item.id ? "#" + item.id : [...item.parentElement.children].indexOf(item));
  return steps;
};
const walk = (part, steps) => steps.reduce((item, step) => item && (typeof step === "string" ? document.getElementById(step.slice(1)) : item.children[step]), part);

function put(part, fresh) {
  if (part.innerHTML === fresh.innerHTML || busy(part)) return;
  const at = part.contains(document.activeElement) ? path(part, document.activeElement) : null;
  const scrolled = [...part.querySelectorAll("[tabindex]")].map((box) => box.scrollTop);
  part.replaceChildren(...fresh.childNodes);
  [...part.querySelectorAll("[tabindex]")].forEach((box, k) => { box.scrollTop = scrolled[k] ?? 0; });
  if (at) walk(part, at)?.focus({ preventScroll: true });
}

async function renew() {
  if (document.hidden) return;
  const address = new URL(location.href);
  address.searchParams.delete("done");
  address.searchParams.set("part", "1");
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of root.dataset.renew.split(" ")) {
      const part = document.getElementById(id), fresh = page.getElementById(id);
      if (part && fresh) put(part, fresh);
    }
  } catch { /* the bar tells when the connection is lost */ }
}

follow();
if (root) setInterval(renew, Number(root.dataset.every));
document.querySelector(".mapbox")?.addEventListener("click", (event) => {
  const dot = event.target.closest(".dot");
  if (dot) location.href = "/equipment/" + encodeURIComponent(dot.id.slice("dot-".length));
});
