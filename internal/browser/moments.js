// Notes when the first words of a record stand on a page, and when it is whole, in
// milliseconds from when it was asked for. Runs before the page does.
(() => {
  const moments = (globalThis.mcrMoments = { words: 0, whole: 0, origin: performance.timeOrigin });
  const facts = "[data-piece] .mcr-line, [data-piece] tbody tr, [data-line]"; // of a source, not of the frame
  const look = () => {
    if (!moments.words && document.querySelector(facts)) {
      moments.words = -1;
      requestAnimationFrame(() => (moments.words = performance.now())); // as it is drawn
    }
    if (!moments.whole && document.querySelector("[data-record-done]")) {
      moments.whole = performance.now();
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-record-done"] });
})();
