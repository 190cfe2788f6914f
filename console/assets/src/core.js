// Additions of the room core: every page works without them. The server signs
// people out by itself; this warns them before, and empties the screen after.
const warnBefore = 60; // seconds

export function start() {
  forgetWhenLeft();
  document.querySelectorAll("[data-only-if]").forEach(onlyIf);
  const base = document.body.dataset.signedIn;
  if (base) {
    watch(base);
  }
}

// Questions that do not matter for an answer are not shown: data-only-if="name=value".
function onlyIf(part) {
  const [name, value] = part.dataset.onlyIf.split("=");
  const choices = document.querySelectorAll(`input[name="${name}"]`);
  const show = () => {
    part.hidden = ![...choices].some((choice) => choice.checked && choice.value === value);
  };
  choices.forEach((choice) => choice.addEventListener("change", show));
  addEventListener("pageshow", show); // a browser fills in a form again when going back
  show();
}

// A browser may keep a whole page to show it again when somebody goes back. After
// signing out that would show a record: the page is emptied when it is left, and
// fetched again when it comes back.
function forgetWhenLeft() {
  addEventListener("pagehide", (event) => {
    if (event.persisted) {
      document.body.hidden = true;
    }
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      location.reload();
    }
  });
}

function watch(base) {
  const warning = makeWarning();
  const leave = (why) => {
    document.body.hidden = true;
    location.replace(`${base}signed-out${why}`);
  };
  let end = Infinity; // when the session ends if nobody uses it, by this clock
  let timer = 0;

  const look = async () => {
    clearTimeout(timer);
    try {
      const answer = await fetch(`${base}session`, { cache: "no-store", headers: { Accept: "application/json" } });
      const { left } = await answer.json();
      if (left <= 0) {
        leave(end <= Date.now() + 5000 ? "?why=idle" : ""); // or another tab signed out
        return;
      }
      end = Date.now() + left * 1000;
    } catch {
      // No answer: the end that was known before still holds.
    }
    tick();
  };

  const tick = () => {
    clearTimeout(timer);
    const left = Math.ceil((end - Date.now()) / 1000);
    if (left <= 0) {
      leave("?why=idle");
    } else if (left <= warnBefore) {
      warning.show(left);
      timer = setTimeout(left % 10 === 0 ? look : tick, 1000);
    } else {
      warning.hide();
      timer = setTimeout(look, Math.min(left - warnBefore, 30) * 1000);
    }
  };

  warning.onStay = async () => {
    const form = new URLSearchParams({ csrf: document.querySelector("input[name=csrf]")?.value ?? "" });
    await fetch(`${base}session`, { method: "POST", body: form }).catch(() => {});
    await look();
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      look();
    }
  });
  look();
}

function makeWarning() {
  const dialog = document.createElement("dialog");
  dialog.className = "mcr-idle";
  dialog.setAttribute("aria-labelledby", "idle-title");
  dialog.setAttribute("aria-describedby", "idle-text");
  const title = document.createElement("h2");
  title.id = "idle-title";
  title.className = "nhsuk-heading-m";
  title.textContent = "You will be signed out soon";
  const text = document.createElement("p");
  text.id = "idle-text";
  text.append("Nobody has used this page for a while. To keep the record from being seen by others, we sign you out in ");
  const seconds = document.createElement("span");
  text.append(seconds, ".");
  const said = document.createElement("p");
  said.className = "nhsuk-u-visually-hidden";
  said.setAttribute("role", "status");
  const stay = document.createElement("button");
  stay.type = "button";
  stay.className = "nhsuk-button";
  stay.textContent = "Stay signed in";
  const out = document.createElement("p");
  out.textContent = "Nothing that you typed is recorded until you send it.";
  dialog.append(title, text, said, stay, out);
  document.body.append(dialog);

  const warning = {
    onStay: async () => {},
    show(left) {
      seconds.textContent = left === 1 ? "1 second" : `${left} seconds`;
      if (left === 30 || left === 10) {
        said.textContent = `${left} seconds until you are signed out`; // not every second
      }
      if (!dialog.open) {
        dialog.showModal();
        stay.focus();
      }
    },
    hide() {
      if (dialog.open) {
        dialog.close();
      }
    },
  };
  stay.addEventListener("click", () => warning.onStay());
  dialog.addEventListener("cancel", () => warning.onStay()); // Escape: somebody is there
  return warning;
}
