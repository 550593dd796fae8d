/* Drafts: textarea[data-draft-url] is saved at most 2 s after a key, and once more on leaving. The form holds
   templates/_draft.html: the version that this page knows (draft_version), the line that says whether it is saved, and the
   words for a draft that was changed elsewhere. The server replies {"draft_version", "saved_at"}, or 409 with
   {"draft_version", "text"}. Nothing is kept in the browser: on a shared computer it would stay there. */
"use strict";

{
  const { coach } = window;
  const WAIT = 1200; // ms from the first unsaved key to the request
  const drafts = new Map();

  class Draft {
    constructor(field) {
      this.field = field;
      this.form = field.form;
      this.version = this.form.elements.draft_version;
      this.status = this.form.querySelector("[data-draft-status]");
      this.saved = field.value;
      this.failures = 0;
      field.addEventListener("input", () => this.later(WAIT));
      this.say("Saves while you type"); // said by whoever does it
    }

    get dirty() {
      return this.field.isConnected && this.field.value !== this.saved;
    }

    say(text, state = "") {
      if (text !== this.status.textContent) this.status.textContent = text;
      this.status.dataset.state = state;
    }

    get sendable() {
      return this.dirty && !this.conflict && !this.submitting && this.field.value !== this.refused;
    }

    later(wait) {
      this.timer ??= setTimeout(() => this.save(), wait);
    }

    stop() {
      clearTimeout(this.timer);
      this.timer = null;
    }

    /* One request at a time: `running` is its promise. */
    save() {
      this.stop();
      if (!this.sendable) return this.running;
      this.running ??= this.send().finally(() => {
        this.running = null;
        if (this.sendable) this.later(this.failures ? Math.min(2000 * 2 ** (this.failures - 1), 30000) : WAIT);
      });
      return this.running;
    }

    fields(text, holder) {
      holder.append(this.field.name, text);
      holder.append("draft_version", this.version.value);
      holder.append("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
      return holder;
    }

    async send() {
      const text = this.field.value;
      try {
        const reply = await fetch(this.field.dataset.draftUrl, {
          method: "POST",
          body: this.fields(text, new URLSearchParams()),
          headers: { Accept: "application/json" },
          signal: AbortSignal.timeout(10000),
        });
        await this.read(reply, text);
      } catch {
        this.fail("Not saved yet, trying again", "waiting");
      }
    }

    async read(reply, text) {
      if (reply.redirected || reply.status === 401) return this.signedOut();
      const isForeign = reply.headers.has("Coach-Foreign"); // which no new token mends
      if (reply.status === 403 && !isForeign && (await coach?.renewToken())) {
        this.failures = 0; // a token of now: soon, however long it did not go
        return this.fail("Not saved yet, trying again", "waiting");
      }
      if (reply.status === 403 && !isForeign && coach) return this.signedOut(coach.somebodyElse);
      if (reply.status === 409) return this.differ(await reply.json());
      if (reply.status >= 400 && reply.status < 500) {
        this.refused = text; // sending the same again cannot help; the next key tries anew
        return this.say("Not saved. Copy your text, then reload the page.", "failed");
      }
      if (!reply.ok) throw new Error(reply.status);
      const { draft_version: version } = await reply.json();
      this.version.value = version;
      this.saved = text;
      this.failures = 0;
      this.at = Date.now();
      this.tick();
    }

    /* The bar says so once, and goes when it is over. */
    signedOut(somebodyElse = false) {
      const text = coach ? "Not saved yet" : "Not saved: you are logged out. Log in in another tab; your text is still here.";
      if (coach && this.status.textContent !== text) coach.tellSignedOut(somebodyElse);
      this.fail(text, "failed");
    }

    fail(text, state) {
      this.failures += 1;
      this.say(text, state);
    }

    tick() {
      if (!this.at || this.failures || this.conflict) return;
      const seconds = Math.round((Date.now() - this.at) / 1000);
      this.say(seconds < 60 ? `Saved ${seconds} s ago` : `Saved ${Math.floor(seconds / 60)} min ago`);
    }

    /* On leaving: a request that goes on without the page, with FormData, which stays below the 64 KB that are allowed. */
    leave() {
      if (!this.sendable) return;
      const body = this.fields(this.field.value, new FormData());
      fetch(this.field.dataset.draftUrl, { method: "POST", body, keepalive: true }).catch(() => {});
    }

    /* Changed elsewhere: show both texts, save nothing until the candidate has chosen. */
    differ({ draft_version: version, text }) {
      if (text === this.field.value) {
        this.version.value = version;
        this.saved = text;
        return;
      }
      this.say("Changed elsewhere, not saved", "failed");
      const panel = this.form.querySelector("[data-draft-conflict]").content.cloneNode(true).firstElementChild;
      const other = panel.querySelector("textarea");
      other.value = text;
      panel.querySelector("[data-exchange]").addEventListener("click", () => {
        [this.field.value, other.value] = [other.value, this.field.value];
        this.field.dispatchEvent(new Event("input", { bubbles: true }));
      });
      panel.querySelector("[data-keep]").addEventListener("click", () => {
        panel.remove();
        this.conflict = null;
        this.version.value = version;
        this.saved = null; // neither text is the server's word now: save what is in the field
        this.field.focus();
        this.save();
      });
      this.conflict = panel;
      this.field.after(panel);
    }
  }

  function start(root) {
    for (const field of root.querySelectorAll("textarea[data-draft-url]")) if (!drafts.has(field)) drafts.set(field, new Draft(field));
    for (const field of drafts.keys()) if (!field.isConnected) drafts.delete(field);
  }
  const all = () => [...drafts.values()];

  /* A submission carries the draft's version: let a save that is under way finish first, or it would look like a conflict. */
  addEventListener("submit", (event) => {
    const draft = all().find(({ form }) => form === event.target);
    if (!draft) return;
    draft.stop();
    if (draft.running) {
      event.preventDefault();
      event.stopImmediatePropagation();
      draft.running.then(() => event.target.requestSubmit(event.submitter));
    } else {
      draft.submitting = true;
      setTimeout(() => (draft.submitting = false), 5000);
    }
  }, true);

  addEventListener("htmx:load", (event) => start(event.detail.elt));
  addEventListener("htmx:afterRequest", () => all().forEach((draft) => {
    draft.submitting = false;
    if (draft.sendable) draft.later(WAIT); // refused: go on saving
  }));
  // On leaving the tab; and on coming back, perhaps from logging in again in another one.
  for (const name of ["online", "visibilitychange", "focus", "coach:back"]) addEventListener(name, () => all().forEach((draft) => draft.save()));
  addEventListener("pagehide", () => all().forEach((draft) => draft.leave()));
  addEventListener("beforeunload", (event) => {
    if (!all().some((draft) => draft.dirty && !draft.submitting)) return;
    all().forEach((draft) => draft.save());
    event.preventDefault();
  });
  setInterval(() => all().forEach((draft) => draft.tick()), 1000);
  start(document);
}
