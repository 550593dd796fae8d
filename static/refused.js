/* The page that says that the coach is being restarted sends what was posted once more, as its form says when. */
"use strict";

for (const form of document.querySelectorAll("form[data-again]")) {
  const sending = setTimeout(() => form.requestSubmit(), form.dataset.again * 1000);
  form.addEventListener("input", () => clearTimeout(sending)); // whoever writes on sends it when it is finished
}
