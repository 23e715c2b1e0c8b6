// Planning: the progress of an experiment is fetched anew every second; when it has ended, its page is opened afresh.
import { follow } from "./live.js";
const EVERY_MS = 1000, EVERY_HIDDEN_MS = 10000;

async function poll() {
  const part = document.querySelector("[data-poll]");
  if (!part?.dataset.poll) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id);
      if (!fresh) return location.reload();
      if (part.innerHTML !== fresh.innerHTML && !part.contains(document.activeElement)) part.replaceWith(fresh);
      else part.querySelectorAll("progress").forEach((bar, k) => { bar.value = fresh.querySelectorAll("progress")[k]?.value ?? bar.value; });
      const say = document.getElementById("announce");
      if (fresh.dataset.say && say.textContent !== fresh.dataset.say) say.textContent = fresh.dataset.say;
    }
  } catch { /* the bar tells when the connection is lost */ }
  setTimeout(poll, document.hidden ? EVERY_HIDDEN_MS : EVERY_MS);
}

follow();
setTimeout(poll, EVERY_MS);
document.querySelectorAll("select[data-go]").forEach((choice) => choice.addEventListener("change", () => choice.form.requestSubmit()));
document.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; button.addEventListener("click", () => print()); });
