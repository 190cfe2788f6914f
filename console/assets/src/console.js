// Additions: every page works without JavaScript.
import { Button, Checkboxes, createAll, ErrorSummary, Header, Radios } from "nhsuk-frontend";
import { start as core } from "./core.js";
import { start as record } from "./record.js";
import { start as rules } from "./rules.js";
import { start as trail } from "./trail.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
// The components that the templates name in data-module.
for (const component of [Button, Checkboxes, ErrorSummary, Header, Radios]) {
  createAll(component);
}
for (const start of [core, record, trail, rules]) {
  start();
}
