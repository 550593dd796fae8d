/* A pending fragment with `data-live` shows the coach's reply while it is being written: this script posts there first. When that
   stream has ended, broken or never come, the fragment asks as it does without this script (docs/face.md). */
"use strict";

{
  const SILENCE = 5000; // ms without a byte: something on the way holds the stream back. The server sends one every 2 s

  /* Show what arrives; each line holds all that has come, as HTML in a JSON string. True when it ended with nothing shown: the
     row's turn has not come. */
  async function show(form) {
    const stop = new AbortController();
    let silence;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => stop.abort(), SILENCE);
    };
    listen();
    try {
      const body = new URLSearchParams(new FormData(form));
      const reply = await fetch(form.dataset.live, { method: "POST", body, headers: { "HX-Request": "true" }, signal: stop.signal });
      if (reply.status !== 200) return false;
      const fragment = form.closest(".pending");
      const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
      let shown = false;
      let begun = "";
      for (let part = await reader.read(); !part.done && form.isConnected; part = await reader.read()) {
        listen();
        const lines = (begun + part.value).split("\n");
        begun = lines.pop();
        const html = lines.filter(Boolean).pop();
        if (html) fragment.querySelector("[data-parts]").innerHTML = JSON.parse(html);
        if (html && !shown) fragment.querySelector("[data-phase]").textContent = "Writing.";
        shown ||= Boolean(html);
      }
      return !shown;
    } finally {
      clearTimeout(silence);
      stop.abort();
    }
  }

  addEventListener("htmx:confirm", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-live]")) return;
    event.preventDefault();
    if (form.hasAttribute("data-showing")) return;
    form.setAttribute("data-showing", "");
    const onceMore = await show(form).catch(() => false);
    form.removeAttribute("data-showing");
    if (!onceMore) form.removeAttribute("data-live");
    event.detail.issueRequest(true);
  });
}
