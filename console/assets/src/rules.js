// Additions of the room rules: every page works without them.
export function start() {
  for (const form of document.querySelectorAll("[data-rules-form]")) {
    follow(form);
  }
  for (const fact of document.querySelectorAll("[data-rules-fact]")) {
    reveal(fact);
  }
}

// What a fact says is asked for only when there is one. The design system's own
// radios would do this too, with aria-expanded on a radio, which ARIA does not have.
function reveal(fact) {
  const entry = fact.querySelector("[data-rules-entry]");
  const show = () => {
    const known = fact.querySelector("input[type=radio][value=known]").checked;
    entry.classList.toggle("nhsuk-radios__conditional--hidden", !known);
  };
  fact.addEventListener("change", show);
  show();
}

// What is to be recorded is asked for only when something is; what is asked for
// only when a record is viewed. Without this both are there, and the one that does
// not apply is not used.
function follow(form) {
  const does = form.elements.namedItem("does");
  const says = form.querySelector("[data-rules-says]");
  const view = form.querySelector("[data-rules-view]");
  if (!does || !says || !view) {
    return;
  }
  const show = () => {
    const viewing = does.value === "view" || does.value === "";
    says.hidden = viewing;
    view.hidden = !viewing;
  };
  does.addEventListener("change", show);
  show();
}
