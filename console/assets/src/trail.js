// Additions of the room trail: every page works without them. A button that prints, and
// hints that a picture can be moved, which stand only where it can. Pictures are drawn by
// the server, since each of their parts leads to its records.
export function start() {
  for (const button of document.querySelectorAll("[data-trail-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  const hints = [...document.querySelectorAll(".mcr-trail-sideways")];
  const see = () => {
    for (const hint of hints) {
      const picture = hint.previousElementSibling;
      hint.hidden = picture.scrollWidth <= picture.clientWidth;
    }
  };
  if (hints.length > 0) {
    see();
    window.addEventListener("resize", see);
  }
}
