// Additions: every page works without JavaScript.
import { initAll } from "nhsuk-frontend";
import * as core from "./core.js";
import * as record from "./record.js";
import * as rules from "./rules.js";
import * as trail from "./trail.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();
for (const room of [core, record, trail, rules]) {
  room.start();
}
