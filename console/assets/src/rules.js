// Additions of the room rules: every page works without them.
export function start() {
  for (const form of document.querySelectorAll("[data-rules-form]")) {
    follow(form);
  }
  for (const fact of document.querySelectorAll("[data-rules-fact]")) {
    reveal(fact);
  }
  for (const form of document.querySelectorAll("form[data-rules-key]")) {
    signing(form);
  }
}

// Somebody approves or signs with their key: the server says what is to be signed, and
// the key, which is in a file of theirs, is used here and sent nowhere.
function signing(form) {
  const file = form.querySelector("input[type=file]");
  const said = form.querySelector("[data-rules-fault]");
  const fault = (text) => {
    said.textContent = text;
    form.querySelector("[data-rules-group]").classList.toggle("nhsuk-form-group--error", text !== "");
    if (text) {
      file.focus();
    }
  };
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fault("");
    try {
      Object.entries(await signed(file.files[0], form.dataset.rulesKey)).forEach(([name, value]) => {
        form.elements.namedItem(name).value = value;
      });
    } catch (error) {
      fault(error instanceof Refused ? error.message : "The key in this file could not be used.");
      return;
    }
    form.submit();
  });
}

class Refused extends Error {}

async function signed(file, address) {
  if (!file) {
    throw new Refused("Choose the file with your key.");
  }
  if (!crypto.subtle) {
    throw new Refused("This browser uses keys on pages with https alone. Approve and sign by command.");
  }
  let key;
  try {
    key = JSON.parse(await file.text());
  } catch {
    // It is said below.
  }
  if (typeof key?.kid !== "string" || key.kty !== "EC" || key.crv !== "P-256" || typeof key.d !== "string") {
    throw new Refused("This file holds no private key as mcr policy key makes it.");
  }
  const { kty, crv, x, y, d } = key;
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const own = await crypto.subtle.importKey("jwk", { kty, crv, x, y, d }, algorithm, false, ["sign"]);
  const answer = await fetch(`${address}&by=${encodeURIComponent(key.kid)}`, { cache: "no-store" });
  if (!answer.ok) {
    throw new Refused("What is proposed changed meanwhile. Load this page again.");
  }
  const { input, at = "" } = await answer.json();
  const bytes = new Uint8Array(await crypto.subtle.sign(algorithm, own, new TextEncoder().encode(input)));
  const signature = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return { by: key.kid, at, signature };
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
