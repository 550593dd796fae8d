/* A button with data-listen="id of an element" reads that element's text aloud, in the browser's own voice for its language
   (the nearest lang). It is hidden until there is such a voice. Pressing it again stops, and so does leaving the page. */
"use strict";

{
  const { speechSynthesis: speech } = window;
  const OTHER_NAMES = { no: ["nb", "nn"], nb: ["no"], nn: ["no"], fil: ["tl"], zh: ["cmn", "yue"] };
  let reading = null; // the button whose text is being read
  let said = null; // what is said for it: browsers forget what nobody holds, and then tell no end

  const textOf = (button) => document.getElementById(button.dataset.listen);
  const written = (tag) => tag.replaceAll("_", "-").toLowerCase();

  /* The voice of this very language ("pt-BR") or of another country's ("pt-PT"). */
  function voiceFor(tag) {
    const [wanted] = written(tag).split("-");
    const names = [wanted, ...(OTHER_NAMES[wanted] || [])];
    const voices = speech.getVoices().filter((voice) => names.includes(written(voice.lang).split("-")[0]));
    return voices.find((voice) => written(voice.lang) === written(tag)) || voices.find((voice) => voice.default) || voices[0];
  }

  function look(button, isReading) {
    button.setAttribute("aria-pressed", String(isReading));
    button.lastElementChild.textContent = isReading ? "Stop" : "Listen";
    const icon = button.querySelector("use");
    icon.setAttribute("href", icon.getAttribute("href").replace(/#.*/, isReading ? "#square" : "#play"));
  }

  function stop() {
    if (!reading) return;
    look(reading, false);
    reading = said = null;
    speech.cancel();
  }

  function read(button) {
    stop(); // another one
    const text = textOf(button);
    const voice = voiceFor(text.closest("[lang]").lang);
    said = Object.assign(new SpeechSynthesisUtterance(text.textContent.trim()), { voice, lang: voice.lang });
    for (const end of ["end", "error"]) said.addEventListener(end, ({ target }) => target === said && stop());
    reading = button;
    look(button, true);
    speech.speak(said);
  }

  function prepare(root) {
    for (const button of root.querySelectorAll("[data-listen]")) {
      const text = textOf(button);
      button.hidden = !text || !voiceFor(text.closest("[lang]").lang);
    }
  }

  if (speech && window.SpeechSynthesisUtterance) {
    addEventListener("click", ({ target }) => {
      const button = target.closest("[data-listen]");
      if (button) return button === reading ? stop() : read(button);
      if (target.closest("[data-dictation]")) stop(); // a recording would have the voice in it
    });
    addEventListener("htmx:load", ({ detail }) => prepare(detail.elt));
    addEventListener("htmx:beforeSwap", ({ detail }) => detail.target.contains(reading) && stop());
    addEventListener("pagehide", stop);
    speech.addEventListener?.("voiceschanged", () => prepare(document)); // browsers find their voices late
    prepare(document);
  }
}
