/* What tests/browser/test_every_page.py looks for in a page. Each function returns what is wrong: [element, …] each. */

const named = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 90);

/* Unfolds everything, and writes the word into every field. */
function fill(word) {
  document.querySelectorAll("details").forEach((one) => (one.open = true));
  for (const field of document.querySelectorAll("textarea:not([readonly]), input[type=text], input:not([type])")) {
    field.value = word;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  /* As wide as in a language of long words, or in a wide font. */
  for (const upload of document.querySelectorAll("input[type=file]")) upload.style.letterSpacing = "0.25em";
  document.querySelector("#connection").hidden = false;
}

/* Outside of the window, or of its own box, by how many pixels. What scrolls or is cut by design is left out. */
function outside() {
  const found = [];
  const scrolled = new Set();
  const tell = (what, pixels) => pixels > 1 && found.push([what, Math.round(pixels)]);
  tell("the page", document.scrollingElement.scrollWidth - innerWidth);
  for (const element of document.body.querySelectorAll("*")) {
    const { overflowX, display } = getComputedStyle(element);
    const cut = scrolled.has(element.parentElement);
    if (cut || overflowX !== "visible") scrolled.add(element);
    if (cut || element.closest("svg") || !element.checkVisibility()) continue;
    const { left, right } = element.getBoundingClientRect();
    tell(named(element), Math.max(right - innerWidth, -left));
    if (overflowX !== "visible" || display === "inline" || element.matches(".menu")) continue;
    tell(named(element), element.scrollWidth - element.clientWidth);
  }
  return found;
}

/* Words of usual length that are broken in two for want of room. */
function broken() {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    if (!data.trim() || parentElement.closest(".skip, .hidden-text") || !parentElement.checkVisibility()) continue;
    for (const { 0: word, index } of data.matchAll(/(?<![\p{L}\d])[\p{L}\d]{2,15}(?![\p{L}\d])/gu)) {
      range.setStart(texts.currentNode, index);
      range.setEnd(texts.currentNode, index + word.length);
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      if (lines.size > 1) found.push([word, named(parentElement)]);
    }
  }
  return found;
}

/* Links, buttons and what unfolds that are lower than a finger needs, by their height; links within a sentence may be. */
function low() {
  const found = [];
  const least = parseFloat(getComputedStyle(document.documentElement).fontSize) * 2.75; // --touch
  for (const element of document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden], .choice *), textarea")) {
    if (!element.checkVisibility() || element.matches(".skip")) continue;
    const { display } = getComputedStyle(element);
    const beside = element.parentElement.textContent.replace(element.textContent, "").trim();
    if (display === "inline" && beside) continue; // in a sentence
    const { height } = element.getBoundingClientRect();
    if (height < least - 0.5) found.push([named(element), Math.round(height)]);
  }
  return found;
}

/* What axe finds wrong, or cannot tell, of contrast and names, with the page as light as at that end of its gradient.
   Head and foot are the same everywhere: looked at on the home page. */
async function unreadable(end) {
  document.body.style.background = `var(--${end})`;
  const rules = ["color-contrast", "label-content-name-mismatch"];
  const { violations, incomplete, passes } = await axe.run(location.pathname === "/" ? document : "main", { runOnly: rules, resultTypes: ["violations", "incomplete"] });
  const wrong = [...violations, ...incomplete].flatMap(({ id, nodes }) => nodes.map(({ html }) => [id, html.slice(0, 90)]));
  return passes.some(({ id }) => id === "color-contrast") ? wrong : [...wrong, ["nothing was looked at"]];
}

/* The colours of a picture (PNG, base64) in the middle of each tenth of its width, half-way up. */
async function colours(picture) {
  const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  canvas.drawImage(bitmap, 0, 0);
  const at = (tenth) => canvas.getImageData(Math.floor((bitmap.width * (tenth + 0.5)) / 10), Math.floor(bitmap.height / 2), 1, 1);
  return Array.from({ length: 10 }, (_, tenth) => `rgb(${at(tenth).data.slice(0, 3).join(", ")})`);
}
