// The job board and the map: rows, needs and carriers change in place; keys; late and stopped jobs are announced.
import { follow, handlers, refresh } from "./live.js";
const $ = (id) => document.getElementById(id);
const make = (html) => { const box = document.createElement("template"); box.innerHTML = html.trim(); return box.content.firstElementChild; };
const held = new Map();

function put(list, id, html, key) {
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
const less = (a, b) => (isNaN(a) ? a < b : Number(a) < Number(b));
document.addEventListener("focusout", () => setTimeout(() => { for (const again of [...held.values()]) again(); count(); }));

function count() {
  const needs = $("needs-list"), rows = $("rows");
  if (needs) { $("needs-count").textContent = needs.children.length; $("all-well").hidden = needs.children.length > 0; }
  if (rows) {
    const words = $("q").value.toLowerCase().split(/\s+/);
    let seen = 0;
    for (const row of rows.children) { row.hidden = !words.every((word) => row.dataset.text.includes(word)); seen += !row.hidden; }
    $("rows-count").textContent = seen; $("none").hidden = seen > 0;
  }
}

const announced = new Set([...document.querySelectorAll(".need.late, .need.trouble")].map((item) => item.id));
if ($("rows")) {
  handlers.job = (job) => {
    const rows = $("rows"), shown = rows.dataset.states.split(" ").includes(job.state);
    if (!("past" in rows.dataset)) put(rows, "job-" + job.id, shown ? job.row : "", "due");
    put($("needs-list"), "need-" + job.id, job.need, "order");
    const id = "need-" + job.id;
    if (!job.say) announced.delete(id);
    else if (!announced.has(id)) { announced.add(id); $("announce").textContent = $("needs-list").dataset.late.replace("{text}", job.say); }
    count();
  };
  handlers.counts = (counts) => { $("figures").innerHTML = counts.html; };
  handlers.lift = () => {};
  handlers.swapped = count;
  $("q").addEventListener("input", count);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "Escape" && event.target === $("q")) { $("q").value = ""; count(); $("q").blur(); }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") { event.preventDefault(); $("q").focus(); }
    if (event.key === "n") $("new").click();
  });
} else handlers.job = () => {};

function move(id, floor, x, y) {
  const mover = $("at-" + id), here = $("map").dataset.floor;
  if (mover && floor === here) mover.style.transform = `translate(${x}px, ${-y}px)`;
  else if (mover || floor === here) refresh();
}
handlers.positions = (moved) => { for (const [id, floor, x, y] of moved) move(id, floor, x, y); };
handlers.carrier = (view) => {
  move(view.id, view.floor, view.x, view.y);
  const mover = $("at-" + view.id);
  for (const state of ["stale", "trouble", "resting"]) mover?.classList.toggle(state, view[state]);
  if ($("carriers")) refresh();
};
follow();
