// Finds what a person would: by the words that stand on it. mcrFind(kind, want)
// gives the element, null when it is not there (yet), and throws when several are
// meant. want may be "part > words": the words within the smallest part (a table
// row, a list item, a form, a card) that holds the words of the part.
(() => {
  const plain = (s) => (s || "").replace(/[\s\u00a0\u200b]+/g, " ").trim();
  const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
  const words = (e) =>
    plain(e.getAttribute("aria-label")) || plain(e.innerText) || plain(e.value) || plain(e.getAttribute("title")) ||
    plain(e.querySelector("svg title, img[alt]")?.textContent);
  const labels = (e) => [
    ...[...(e.labels || [])].map((l) => plain(l.innerText)),
    plain(e.getAttribute("aria-label")),
    ...(e.getAttribute("aria-labelledby") || "").split(/\s+/).map((id) => plain(document.getElementById(id)?.innerText)),
  ].filter(Boolean);
  const parts = "tr, li, fieldset, form, section, article, details, dl > div, .nhsuk-card, .nhsuk-summary-list__row, .nhsuk-form-group, dialog";
  const kinds = {
    click: ["a[href], button, summary, input[type=submit], [role=button], [role=tab], label", (e) => [words(e)]],
    field: ["input:not([type=hidden]), select, textarea", labels],
  };
  globalThis.mcrFind = (kind, want) => {
    let [part, name] = want.includes(" > ") ? want.split(/ > (?=[^>]*$)/) : ["", want];
    let scopes = [document];
    if (part) {
      const holding = [...document.querySelectorAll(parts)].filter((e) => shown(e) && plain(e.innerText).includes(part));
      scopes = holding.filter((e) => !holding.some((other) => other !== e && e.contains(other)));
    }
    const [css, names] = kinds[kind];
    const all = scopes.flatMap((s) => [...s.querySelectorAll(css)]).filter((e) => kind === "field" ? e.isConnected && (shown(e) || (e.labels || []).length > 0 && shown(e.labels[0])) : shown(e));
    // The exact words first, then words that begin so, then words that hold them.
    // A label counts only when nothing else has the words.
    for (const match of [(n) => n === name, (n) => n.startsWith(name), (n) => n.includes(name)]) {
      let found = all.filter((e) => names(e).some(match));
      if (found.some((e) => e.tagName !== "LABEL")) found = found.filter((e) => e.tagName !== "LABEL");
      found = found.filter((e) => !found.some((other) => other !== e && e.contains(other)));
      if (found.length === 1) return found[0];
      const where = new Set(found.map((e) => e.href || e));
      if (found.length > 1 && where.size === 1) return found[0];
      if (found.length > 1) throw new Error(`${found.length} things are called ${want}`);
    }
    return null;
  };
  // mcrPoint brings an element into view and says where to click, and whether
  // something else lies over it.
  globalThis.mcrPoint = (kind, want) => {
    let e = mcrFind(kind, want);
    if (!e) return null;
    if (kind === "field" && !shown(e)) e = e.labels[0];
    // A radio or checkbox of the design system is drawn by its label.
    const target = kind === "field" && /^(radio|checkbox)$/.test(e.type) && e.labels.length ? e.labels[0] : e;
    target.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    const r = target.getClientRects()[0];
    const x = r.left + r.width / 2, y = r.top + r.height / 2;
    const top = document.elementFromPoint(x, y);
    const free = top && (target.contains(top) || top.contains(target) || (e.labels && [...e.labels].includes(top)));
    return { x, y, free: !!free, over: free ? "" : (top ? top.tagName + " " + plain(top.innerText).slice(0, 40) : "nothing"), disabled: !!e.disabled };
  };
  // mcrStill is that point once the page has been drawn twice with it there: what is pressed
  // sooner, as after a change of the window's size, Chromium may drop.
  globalThis.mcrStill = (kind, want) => {
    const p = mcrPoint(kind, want), last = globalThis.mcrLast;
    if (!p || document.visibilityState !== "visible") return p;
    if (last && last.want === want && last.x === p.x && last.y === p.y) {
      if (!last.drawn) return null;
      globalThis.mcrLast = null;
      return p;
    }
    const at = globalThis.mcrLast = { want, x: p.x, y: p.y, drawn: false };
    requestAnimationFrame(() => requestAnimationFrame(() => { at.drawn = true; }));
    return null;
  };
  // mcrFocus says what the keyboard is at, and whether that can be seen.
  globalThis.mcrFocus = () => {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const seen = (s) => [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.backgroundColor, s.borderColor, s.textDecorationLine, s.color].join("|");
    let drawn = e;
    if (/^(radio|checkbox)$/.test(e.type) && e.labels?.length) drawn = e.labels[0];
    const r = (shown(drawn) ? drawn : e).getBoundingClientRect();
    // A summary of the design system shows it on the words within.
    const styles = () => [e, drawn, ...[...e.children].slice(0, 4)].flatMap((x) => [null, "::before", "::after"].map((p) => seen(getComputedStyle(x, p)))).join(";");
    const focused = styles();
    const marker = focused.split(";").some((s) => { const [style, width, , shadow] = s.split("|"); return (style !== "none" && parseFloat(width) > 0) || shadow !== "none"; });
    return {
      name: e.matches("input, select, textarea") && e.type !== "submit" ? labels(e).join(", ") : words(e), tag: e.tagName.toLowerCase(), type: e.type || "",
      visible: marker, within: r.bottom > 0 && r.top < innerHeight && r.width > 0 && r.height > 0,
    };
  };
  globalThis.mcrPlain = () => plain(document.body?.innerText);
  return true;
})()
