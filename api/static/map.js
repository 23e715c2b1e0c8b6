// The map and its lists: carriers, their lanes, and lines from who waits to whom they wait for, changed in place.
import { handlers, refresh } from "./live.js";
import { $, again, put } from "./list.js";
const svg = (html) => { const box = document.createElement("template"); box.innerHTML = `<svg>${html.trim()}</svg>`; return box.content.firstElementChild.firstElementChild; };
const map = () => $("map").dataset;
const OURS = ["class", "href", "tabindex", "aria-label", "data-waits"];

function move(id, floor, x, y) {
  const mover = $("at-" + id);
  if (!mover) return;
  if (floor !== map().floor) { mover.remove(); put($("carrier-rows"), "carrier-" + id, "", "order"); return; }
  Object.assign(mover.dataset, { x, y: -y });
  mover.style.transform = `translate(${x}px, ${-y}px)`;
}

function show(view) {
  const old = $("at-" + view.id), fresh = view.floor === map().floor && view.mover ? svg(view.mover) : null;
  if (!fresh) { old?.remove(); return; }
  fresh.classList.toggle("chosen", view.id === map().chosen);
  if (!old) { $("movers").append(fresh); return; }
  for (const name of OURS) if (fresh.hasAttribute(name)) old.setAttribute(name, fresh.getAttribute(name)); else old.removeAttribute(name);
  old.replaceChildren(...fresh.childNodes);
  move(view.id, view.floor, view.x, view.y);
}

function lane(id, drawn) {
  const old = $("lane-" + id), fresh = drawn[map().floor] ? svg(drawn[map().floor]) : null;
  fresh?.classList.toggle("chosen", id === map().chosen);
  if (old && fresh) old.replaceWith(fresh); else if (fresh) $("lanes").append(fresh); else old?.remove();
}

function row(view) {
  if (!$("carrier-rows")) return;
  put($("carrier-rows"), "carrier-" + view.id, view.floor === map().floor ? view.row : "", "order");
  $("carrier-" + view.id)?.classList.toggle("chosen", view.id === map().chosen);
}

function waits() {
  let drawn = "";
  for (const who of document.querySelectorAll("#movers [data-waits]")) {
    const from = who.dataset, to = $("at-" + from.waits)?.dataset;
    if (to) drawn += `<path d="M${from.x} ${from.y}L${to.x} ${to.y}"></path><circle cx="${to.x}" cy="${to.y}" r=".9em"></circle>`;
  }
  if ($("waits").innerHTML !== drawn) $("waits").innerHTML = drawn;
}

function count(floors) {
  for (const [id, [here]] of Object.entries(floors)) $("on-" + id).textContent = here || "";
  $("robots-here").textContent = floors[map().floor][1];
  if ($("carriers-count")) {
    const here = $("carrier-rows").children.length;
    $("carriers-count").textContent = here; $("nobody").hidden = here > 0;
  }
}

handlers.positions = (moved) => { for (const [id, floor, x, y] of moved) move(id, floor, x, y); waits(); };
handlers.reservations = (robots) => { for (const [id, drawn] of robots) lane(id, drawn); };
handlers.carrier = (view) => {
  show(view); lane(view.id, view.lanes); row(view); waits(); count(view.floors);
  if (view.id === map().chosen || ($("aside") && view.out !== Boolean($("out-" + view.id)))) refresh();
};
handlers.lift = (view) => { if ($("lift-rows")) put($("lift-rows"), "lift-row-" + view.id, view.row, "order"); };
if ($("carrier-rows")) again(() => {});
