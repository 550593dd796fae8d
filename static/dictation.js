/* Dictation: <span data-dictation="id of a textarea"></span> becomes a microphone button. `data-language`: what is spoken.
   With a transcription model (body[data-dictation-url]) the browser records, the server writes, and the words are put in
   at the cursor. Without one the browser's own recognition is used, where it has one; else no button is shown.
   A recording stays in this page until its words are in the field, or the candidate throws it away. Escape stops. */
"use strict";

{
  const { coach } = window;
  const url = document.body.dataset.dictationUrl;
  const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;
  const records = Boolean(url && navigator.mediaDevices?.getUserMedia && window.MediaRecorder);
  const LONGEST = 5 * 60; // seconds
  const RATE = 16000; // samples a second in which loudness is measured
  const FRAME = 0.025; // seconds: a syllable takes three of them or more, a click or a tap two at most
  const OFF = 0.0001; // level under which a microphone has not begun yet
  const QUIET = 0.004; // level (root mean square, of 1) under which nobody speaks
  const ABOVE = 3; // times the level of the room around it: then it is a voice
  const AROUND = 12; // frames to each side in which the room is heard between syllables
  const GAP = 3; // frames: a wireless microphone that drops out that long is not the room
  const ENOUGH = 6; // frames of voice: a "yes" has seven or more
  const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus", "audio/webm"];
  const BITS = 32000; // a second: 5 minutes are 1.2 MB, and speech stays clear
  let active = null;

  const WORDS = {
    NotAllowedError: "The microphone is blocked for this site. Allow it in the browser's address bar, then press Dictate again.",
    SecurityError: "The browser allows the microphone on secure (https) pages only.",
    NotFoundError: "No microphone was found. Plug one in, then press Dictate again.",
    NotReadableError: "The microphone is in use by another program. Close that, then press Dictate again.",
    "not-allowed": "The microphone is blocked for this site. Allow it in the browser's address bar, then press Dictate again.",
    "service-not-allowed": "The browser does not allow speech recognition here.",
    "audio-capture": "No microphone was found. Plug one in, then press Dictate again.",
    "no-speech": "No words were heard. Is the right microphone chosen, and is it on?",
    network: "The browser's speech recognition could not be reached. What was written so far is in the field.",
  };

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  function button(text, icon, act) {
    const made = element("button", "button");
    made.type = "button";
    const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    picture.setAttribute("class", "icon");
    picture.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    picture.append(use);
    made.append(picture, element("span", "", text));
    made.look = (label, name) => {
      made.lastChild.textContent = label;
      use.setAttribute("href", `${coach.icons}#${name}`);
    };
    made.look(text, icon);
    made.addEventListener("click", act);
    return made;
  }

  function howMany(text) {
    // The browser's own splitting into words, which also works for scripts without spaces.
    const parts = window.Intl?.Segmenter ? [...new Intl.Segmenter(undefined, { granularity: "word" }).segment(text)] : [];
    const count = parts.filter((part) => part.isWordLike).length || text.split(/\s+/).length;
    return count === 1 ? "1 word was" : `${count} words were`;
  }

  /* How loud a recording is (root mean square, of 1), frame by frame, without the rumble of fans, hum and traffic. It is
     measured in what would be sent, not while it is spoken: there a busy machine hears gaps, and some things twice. */
  async function loudness(blob) {
    const recording = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await blob.arrayBuffer());
    const audio = new OfflineAudioContext(1, recording.length, RATE);
    const source = new AudioBufferSourceNode(audio, { buffer: recording });
    source.connect(new BiquadFilterNode(audio, { type: "highpass", frequency: 200 })).connect(audio.destination);
    source.start();
    const samples = (await audio.startRendering()).getChannelData(0);
    const size = RATE * FRAME;
    const starts = Array.from({ length: Math.floor(samples.length / size) }, (_, frame) => frame * size);
    const levels = starts.map((at) => Math.hypot(...samples.subarray(at, at + size)) / Math.sqrt(size));
    return levels.slice(Math.max(0, levels.findIndex((level) => level > OFF)));
  }

  /* Whether somebody speaks: enough frames, three or more in a row, are much louder than the quietest frames around
     them. The room is measured near each frame, because browsers change its volume in the first seconds. */
  function hasVoice(levels) {
    const voice = levels.map((level, at) => {
      const around = levels.slice(Math.max(0, at - AROUND), at + AROUND + 1).sort((one, other) => one - other);
      return level > QUIET && level > ABOVE * around[Math.min(GAP, around.length - 1)];
    });
    const begins = (at) => voice[at] && voice[at + 1] && voice[at + 2];
    return voice.filter((_, at) => begins(at) || begins(at - 1) || begins(at - 2)).length >= ENOUGH;
  }

  class Dictation {
    constructor(place, field) {
      this.field = field;
      this.button = button("Dictate", "mic", () => (this.running ? this.stop() : this.start()));
      this.button.setAttribute("aria-pressed", "false");
      this.button.setAttribute("aria-controls", field.id);
      this.status = element("span", "small soft dictation-status");
      this.place = place;
      place.classList.add("row", "dictation");
      place.replaceChildren(this.status, this.button);
      // If the candidate has not set the cursor, the words go to the end.
      field.addEventListener("focus", () => (this.hasCursor = true), { once: true });
    }

    say(text, spoken = text) {
      this.status.textContent = text;
      if (spoken) coach.announce(spoken);
    }

    show(running) {
      this.running = running;
      this.button.setAttribute("aria-pressed", String(running));
      this.button.look(running ? "Stop" : "Dictate", running ? "square" : "mic");
      this.place.toggleAttribute("data-recording", running);
      active = running ? this : active === this ? null : active;
    }

    start() {
      active?.stop();
      this.discard();
      return records ? this.record() : this.recognise();
    }

    /* --- recording ------------------------------------------------------------------------------------------ */

    async record() {
      this.say("Asking for the microphone…");
      this.show(true);
      try {
        this.stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
      } catch (error) {
        this.show(false);
        return this.say(WORDS[error.name] || "The microphone could not be used.");
      }
      if (!this.running) return this.release(); // stopped while the browser was asking
      const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
      const parts = [];
      this.recorder = new MediaRecorder(this.stream, { ...(type && { mimeType: type }), audioBitsPerSecond: BITS });
      this.recorder.addEventListener("dataavailable", ({ data }) => data.size && parts.push(data));
      this.recorder.addEventListener("stop", () => this.recorded(new Blob(parts, { type: this.recorder.mimeType })));
      this.stream.getTracks()[0].addEventListener("ended", () => {
        this.unplugged = true;
        this.stop();
      });
      this.recorder.start(1000); // in pieces: what was recorded stays when the microphone goes
      this.since = performance.now();
      this.ticking = setInterval(() => this.tick(), 250);
      this.tick();
      coach.announce("Recording. Escape stops.");
    }

    tick() {
      const seconds = Math.floor((performance.now() - this.since) / 1000);
      const left = LONGEST - seconds;
      const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      this.say(`Recording ${time}${left <= 30 ? `, ${left} s left` : ""}`, "");
      if (left <= 0) this.stop();
    }

    stop() {
      if (this.recognition) return this.recognition.stop();
      this.show(false);
      clearInterval(this.ticking);
      if (this.recorder?.state === "recording") this.recorder.stop();
      else this.release();
    }

    release() {
      this.stream?.getTracks().forEach((track) => track.stop());
      this.stream = null;
    }

    async recorded(blob) {
      this.show(false);
      clearInterval(this.ticking);
      this.release();
      this.blob = blob;
      const gone = this.unplugged ? "The microphone went away. " : "";
      this.unplugged = false;
      if (!blob.size) return this.say(`${gone}Nothing was recorded.`);
      this.say("Checking what was heard…", "");
      this.button.disabled = true;
      const levels = await loudness(blob).catch(() => null); // what the browser cannot read, the model may
      this.button.disabled = false;
      if (!levels || hasVoice(levels)) return this.send(gone);
      const room = levels.some((level) => level > QUIET) ? "only the room. Is it the right microphone?" : "is the microphone muted?";
      this.offer(`${gone}Nothing was heard: ${room}`, "Send it anyway");
    }

    async send(before = "") {
      this.choices?.remove();
      this.say(`${before}Writing it down…`);
      this.button.disabled = true;
      try {
        const reply = await fetch(url, {
          method: "POST",
          body: this.blob,
          headers: { "Content-Type": this.blob.type || "application/octet-stream", "X-CSRFToken": coach.token() },
          signal: AbortSignal.timeout(Number(document.body.dataset.patience)),
        });
        await this.read(reply);
      } catch (error) {
        this.offer(error.name === "TimeoutError" ? "No answer came in time. The recording is still here." : "No connection. The recording is still here.");
      } finally {
        this.button.disabled = false;
      }
    }

    async read(reply) {
      if (reply.status === 403 && (await coach.renewToken())) return this.offer("You logged in again in another tab. The recording is still here: try again.");
      const isJson = reply.headers.get("Content-Type")?.startsWith("application/json");
      const answer = isJson ? await reply.json() : {};
      if (reply.ok && answer.text) {
        this.blob = null;
        this.insert(answer.text);
        if (answer.left_out) this.say(`Written into the field, without what sounded like nobody: “${answer.left_out}”`);
        return;
      }
      const { message = "The server did not answer as it should.", can_retry: again = true } = answer.error || {};
      this.offer(`${message} The recording is still here.`, again && "Try again");
    }

    /* It did not work: the recording can be sent again, kept as a file, or thrown away. */
    offer(text, again = "Try again") {
      this.say(text);
      const choices = element("span", "row");
      if (again) choices.append(button(again, "rotate-ccw", () => this.send()));
      const link = element("a", "button", "Download it");
      link.href = URL.createObjectURL(this.blob);
      link.download = `dictation.${/mp4/.test(this.blob.type) ? "m4a" : /ogg/.test(this.blob.type) ? "ogg" : "webm"}`;
      choices.append(link, button("Throw it away", "trash-2", () => this.discard(true)));
      this.choices?.remove();
      this.choices = choices;
      this.place.after(choices);
    }

    discard(told = false) {
      const link = this.choices?.querySelector("a[download]");
      if (link) URL.revokeObjectURL(link.href);
      this.choices?.remove();
      this.choices = this.blob = null;
      if (told) {
        this.say("The recording is gone.");
        this.button.focus();
      }
    }

    /* --- putting the words in ------------------------------------------------------------------------------- */

    insert(text, quiet = false) {
      const { field } = this;
      const { value } = field;
      const from = this.hasCursor ? field.selectionStart : value.length;
      const to = this.hasCursor ? field.selectionEnd : value.length;
      const words = (/\S$/.test(value.slice(0, from)) ? " " : "") + text + (/^\S/.test(value.slice(to)) ? " " : "");
      field.focus();
      field.setSelectionRange(from, to);
      // Inserted in this way, Ctrl+Z takes it back; setting the value would empty the browser's undo list.
      if (!document.execCommand("insertText", false, words)) {
        field.setRangeText(words, from, to, "end");
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
      if (quiet) return;
      this.say("Written into the field.", `${howMany(text)} written into the field.`);
      const after = field.value;
      const undo = button("Undo", "undo-2", () => {
        if (field.value === after) {
          field.value = value;
          field.dispatchEvent(new Event("input", { bubbles: true }));
          field.setSelectionRange(from, from);
        }
        undo.remove();
        this.say("Taken out again.");
        field.focus();
      });
      const forget = () => {
        if (field.value === after) return;
        undo.remove();
        field.removeEventListener("input", forget);
      };
      field.addEventListener("input", forget);
      this.place.querySelectorAll("[data-undo]").forEach((old) => old.remove());
      undo.dataset.undo = "";
      this.button.before(undo);
    }

    /* --- the browser's own recognition ------------------------------------------------------------------------ */

    recognise() {
      const recognition = new Recognition();
      this.recognition = recognition;
      recognition.continuous = true;
      recognition.interimResults = true;
      recognition.lang = this.place.dataset.language || navigator.language;
      recognition.addEventListener("start", () => this.say("Listening…", "Listening. Escape stops."));
      recognition.addEventListener("result", ({ results, resultIndex }) => {
        let heard = "";
        for (let index = resultIndex; index < results.length; index += 1) {
          if (results[index].isFinal) this.insert(results[index][0].transcript.trim(), true);
          else heard += results[index][0].transcript;
        }
        this.say(heard ? `… ${heard.trim().slice(-60)}` : "Listening…", "");
      });
      let problem = "";
      recognition.addEventListener("error", ({ error }) => (problem = error === "aborted" ? "" : WORDS[error] || "Dictation stopped."));
      recognition.addEventListener("end", () => {
        this.recognition = null;
        this.show(false);
        this.say(problem, problem || "Dictation stopped.");
      });
      this.show(true);
      recognition.start();
    }
  }

  function prepare(root) {
    for (const place of root.querySelectorAll("[data-dictation]")) {
      const field = document.getElementById(place.dataset.dictation);
      if (field && !place.firstChild) new Dictation(place, field);
    }
  }

  if (records || Recognition) {
    coach.icons = document.querySelector(".icon use")?.getAttribute("href").split("#")[0];
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && active) {
        event.preventDefault();
        active.stop();
      }
    });
    addEventListener("beforeunload", (event) => active && event.preventDefault());
    addEventListener("htmx:load", (event) => prepare(event.detail.elt));
    addEventListener("htmx:beforeSwap", (event) => active && event.detail.target.contains(active.field) && active.stop());
    prepare(document);
  }
}
