// A page that is fetched anew, part by part, when what it is about changes.
import { follow, handlers, refresh } from "./live.js";
const only = document.querySelector("[data-only]")?.dataset.only;
if (only) handlers.job = (job) => { if (job.id === only) refresh(); };
follow();
