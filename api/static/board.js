// The job board and the map: rows, needs and carriers change in place; keys; late and stopped jobs are announced.
import { follow, handlers } from "./live.js";
import { $, again, put } from "./list.js";
import "./map.js";
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
  handlers.swapped = count;
  again(count);
  $("q").addEventListener("input", count);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "Escape" && event.target === $("q")) { $("q").value = ""; count(); $("q").blur(); }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") { event.preventDefault(); $("q").focus(); }
    if (event.key === "n") $("new").click();
  });
} else handlers.job = () => {};

follow();
