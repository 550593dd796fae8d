/* What all pages share: forms that are sent once, counters, focus and announcements after a swap, and plain words when
   the network fails. Everything works without it. Templates ask for it by data attributes (docs/face.md). */
"use strict";

window.coach = {
  /* Say something to a screen reader, politely. */
  announce(text) {
    const region = document.getElementById("announcer");
    region.textContent = "";
    setTimeout(() => (region.textContent = text), 100); // a change from empty is what makes it heard
  },

  /* Show the bar: something went wrong on the way to the server. `link`: [text, href], opened in a new tab. `over`: an async
     function; when the trouble is over it returns a sentence, and the bar goes by itself. */
  tell(text, link, over) {
    const bar = document.getElementById("connection");
    const line = bar.querySelector("p");
    line.textContent = text;
    if (link) {
      const anchor = Object.assign(document.createElement("a"), { textContent: link[0], href: link[1], target: "_blank" });
      line.append(" ", anchor);
    }
    bar.hidden = false;
    this.over = over;
  },

  hush() {
    document.getElementById("connection").hidden = true;
    this.over = null;
  },

  token() {
    return JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  },

  /* After logging in again in another tab this page's token is old. Take a new one, if the same candidate is logged in.
     True when that worked. */
  async renewToken() {
    const reply = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await reply.text(), "text/html").body;
    const who = page.dataset.candidate;
    this.somebodyElse = Boolean(who) && who !== document.body.dataset.candidate;
    if (!who || this.somebodyElse) return false;
    document.body.setAttribute("hx-headers", page.getAttribute("hx-headers"));
    for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = this.token();
    return true;
  },

  /* The candidate of this page is not logged in: nobody is, or somebody else. The bar says so until it is over. */
  tellSignedOut(somebodyElse = false) {
    const text = somebodyElse
      ? "Someone else is logged in now, so this was not sent. Copy what you typed, then reload the page."
      : "You are logged out. Anything you typed is still here: log in in another tab, then send it again.";
    this.tell(text, somebodyElse ? null : ["Log in", document.body.dataset.login], async () => {
      if (await this.renewToken()) return "You are logged in again. Send it once more.";
      if (this.somebodyElse !== somebodyElse) this.tellSignedOut(this.somebodyElse);
    });
  },

  isLogin(url) {
    return new URL(url, location.href).pathname === document.body.dataset.login;
  },
};

{
  const { coach } = window;
  document.querySelector("#connection button").addEventListener("click", () => coach.hush());

  /* Check again and again whether the bar's trouble is over, and at once when the reader comes back to this tab. When it is
     over, what had stopped goes on. */
  const LOOK_EVERY = 4000; // ms
  let looking = false;
  async function look() {
    const { over } = coach;
    if (!over || looking || document.hidden) return;
    looking = true;
    const said = await over().catch(() => "");
    looking = false;
    if (!said || coach.over !== over) return;
    coach.hush();
    coach.announce(said);
    document.querySelectorAll(".pending[data-stalled] .goes-on").forEach((form) => form.requestSubmit());
    dispatchEvent(new Event("coach:back"));
  }
  setInterval(look, LOOK_EVERY);
  for (const name of ["focus", "online", "visibilitychange"]) addEventListener(name, look);

  /* Send once: while a request runs, its form or button ignores a second click. */
  function busy(element, on) {
    element.toggleAttribute("data-busy", on);
    const buttons = element.matches("form") ? element.querySelectorAll("button:not([type=button])") : element.matches("button") ? [element] : [];
    for (const button of buttons) on ? button.setAttribute("aria-disabled", "true") : button.removeAttribute("aria-disabled");
  }
  const sendsByHtmx = (form) => window.htmx && form.matches("[hx-post], [hx-get], [hx-put], [hx-delete]");

  addEventListener("click", (event) => {
    if (event.target.closest?.("[data-busy]:not(form)")) event.stopImmediatePropagation();
  }, true);
  addEventListener("submit", (event) => {
    const form = event.target;
    const tooLarge = form.method === "post" && isTooLarge(form);
    const file = form.method === "post" && tooLargeFile(form);
    if (tooLarge) coach.tell("That is more than fits, so it was not sent. What you typed is still here: shorten it, or send it in parts.");
    else if (file) coach.tell(`“${file.name}” is too large, so nothing was sent. What you typed is still here: choose a smaller file.`);
    if (tooLarge || file || form.hasAttribute("data-busy")) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);
  /* Whether a form is so large that the server would not read it, and so could not give the words back. */
  function isTooLarge(form) {
    const fields = [...form.querySelectorAll("textarea")];
    const typed = fields.reduce((sum, { value }) => sum + value.length, 0);
    const most = Number(document.body.dataset.mostBytes);
    if (!most || typed * 9 < most) return false; // no letter takes more
    const allowed = fields.reduce((sum, { dataset }) => sum + Number(dataset.limit || 0), 0) * 12;
    return new URLSearchParams(new FormData(form)).toString().length > Math.max(most, allowed);
  }
  /* The file of a form that is so large that the server would refuse it, unread, with all that was typed beside it. */
  function tooLargeFile(form) {
    const fields = [...form.querySelectorAll("input[type=file][data-most-bytes]")];
    return fields.flatMap(({ files, dataset }) => [...files].filter(({ size }) => size > dataset.mostBytes))[0];
  }
  addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || sendsByHtmx(form)) return;
    form.removeAttribute("data-unsaved");
    setTimeout(() => busy(form, true)); // after the browser has read which button it was
    setTimeout(() => busy(form, false), 10000); // stopped by hand, or a download: the page is still here
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("[data-busy]").forEach((element) => busy(element, false));
  });
  addEventListener("htmx:beforeRequest", (event) => busy(event.detail.requestConfig.elt, true));
  addEventListener("htmx:afterRequest", (event) => {
    const { elt } = event.detail.requestConfig;
    busy(elt, false);
    const { successful, xhr } = event.detail;
    if (!successful || coach.isLogin(xhr.responseURL)) return;
    elt.removeAttribute("data-unsaved");
    if (xhr.status >= 400) return;
    elt.closest("[data-stalled]")?.removeAttribute("data-stalled");
    coach.hush();
  });

  /* When htmx has begun, the buttons for what it does by itself are hidden, and what scripts promise is shown (app.css).
     If htmx never begins, those buttons stay. */
  addEventListener("htmx:load", () => document.documentElement.classList.add("scripted"));

  /* Ctrl or Cmd with Enter sends: form[data-quick-submit]. */
  addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest("form[data-quick-submit]");
    if (form) {
      event.preventDefault();
      form.requestSubmit(form.querySelector(".primary"));
    }
  });

  /* Counters. With a maxlength the browser cuts a pasted text and does not say so. So it is removed; the server checks. */
  function count(counter) {
    const field = document.getElementById(counter.dataset.counterFor);
    if (!field) return;
    field.removeAttribute("maxlength");
    const left = counter.dataset.limit - [...field.value.trimEnd()].length; // as the server counts
    const number = Math.abs(left).toLocaleString("en");
    const characters = `${number} character${number === "1" ? "" : "s"}`;
    counter.textContent = left < 0 ? `${characters} too many` : `${characters} left`;
    counter.classList.toggle("over", left < 0);
  }

  addEventListener("input", (event) => {
    const { target } = event;
    for (const counter of document.querySelectorAll("[data-counter-for]")) if (counter.dataset.counterFor === target.id) count(counter);
    target.closest("form[data-warn-unsaved]")?.setAttribute("data-unsaved", "");
  });
  addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-unsaved]")) event.preventDefault();
  });

  /* The account menu closes like a menu. */
  addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  addEventListener("focusout", (event) => {
    const menu = event.relatedTarget && event.target.closest("details.menu[open]");
    if (menu && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (!menu) return;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  });

  /* When a reply to something else replaces a half-written form, its words are put into the form that takes its place. Its
     hidden version too, so that the server can tell when the text was changed elsewhere meanwhile. */
  let halfWritten = [];
  function keep(target, sender) {
    const forms = [...target.querySelectorAll("form[data-unsaved]")].filter((form) => form !== sender);
    halfWritten.push(...forms.map((form) => [form.getAttribute("action"), new FormData(form)]));
  }
  function goOn() {
    halfWritten = halfWritten.filter(([action, typed]) => {
      const form = document.querySelector(`form[data-warn-unsaved][action="${CSS.escape(action)}"]`);
      if (!form) return true; // it comes with a later reply
      for (const [name, value] of typed) {
        const box = [...form.elements].find((one) => one.type === "checkbox" && one.name === name && one.value === value);
        if (box) box.checked = true;
        else if (name !== "csrfmiddlewaretoken" && form.elements[name]) form.elements[name].value = value;
      }
      form.setAttribute("data-unsaved", "");
      form.closest("details")?.setAttribute("open", "");
      form.querySelectorAll("[data-counter-for]").forEach(count);
      return false;
    });
  }

  /* After a swap: the focus goes to the new part if it was in the replaced one; otherwise the new part is announced. */
  let hadFocus = false;
  let lastHeard = ""; // a fragment that looks again every 2 s is not announced every 2 s
  addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    const failedPage = xhr.status >= 400 && /^\s*<(!doctype|html)/i.test(xhr.responseText);
    if (coach.isLogin(xhr.responseURL) && !coach.isLogin(location.href)) {
      event.detail.shouldSwap = false;
      coach.tellSignedOut();
    } else if (failedPage) {
      event.detail.shouldSwap = false; // a page of its own, ours or a proxy's: not one of our fragments
      const seconds = xhr.status === 503 && xhr.getResponseHeader("Retry-After");
      seconds ? again(event, seconds) : stalled(event);
    } else if (event.detail.shouldSwap) {
      const active = document.activeElement;
      hadFocus = !active || active === document.body || target.contains(active);
      keep(target, event.detail.requestConfig?.elt);
      coach.hush();
    }
  });
  addEventListener("htmx:afterSettle", (event) => {
    const element = event.detail.elt;
    goOn();
    const landing = element.matches("[data-focus]") ? element : element.querySelector("[data-focus]");
    const heard = element.matches("[data-announce]") ? element : element.querySelector("[data-announce]");
    const lost = document.activeElement === document.body; // it was on what another part of the reply has replaced
    if (landing && (hadFocus || lost)) landing.focus();
    else if (heard && heard.dataset.announce !== lastHeard) coach.announce(heard.dataset.announce);
    lastHeard = heard?.dataset.announce ?? lastHeard;
  });
  addEventListener("htmx:load", (event) => prepare(event.detail.elt));

  /* When a request fails on the way, say so in plain words; a pending fragment gets its button back. */
  function stalled(event, text = "The server did not answer as it should. What you typed is still here; try again in a moment.", over = null) {
    event.detail.elt.closest(".pending")?.setAttribute("data-stalled", "");
    coach.tell(text, null, over);
  }
  async function connected() {
    const { ok } = await fetch("/health/live", { cache: "no-store" });
    return ok && "The connection is back. Send it once more.";
  }
  /* Send again when the server said so, unless the form has gone or somebody writes in it. */
  function again(event, seconds) {
    const { elt } = event.detail.requestConfig;
    stalled(event, "The coach is just being restarted. Your words are safe; this page tries again.");
    const sending = setTimeout(() => elt.isConnected && elt.requestSubmit?.(), seconds * 1000);
    elt.addEventListener("input", () => clearTimeout(sending), { once: true });
  }
  addEventListener("htmx:sendError", (event) => stalled(event, "No connection. What you typed is still here; send it again when you are back online.", connected));
  addEventListener("htmx:timeout", (event) => stalled(event, "No answer came in time. What you sent may be saved: reload the page to see, or try again."));
  addEventListener("htmx:responseError", async (event) => {
    const { status } = event.detail.xhr;
    if (status === 401) {
      stalled(event);
      coach.tellSignedOut();
    } else if (status === 403 && event.detail.xhr.getResponseHeader("Coach-Foreign")) {
      stalled(event, "This was not sent: it came from another address than the one this site knows as its own. Copy what you typed, and tell whoever runs this site.");
    } else if (status === 403 && (await coach.renewToken())) stalled(event, "You logged in again in another tab. What you typed is still here: please send it once more.");
    else if (status === 403) {
      stalled(event);
      coach.tellSignedOut(coach.somebodyElse);
    }
    else if (status === 404) stalled(event, "This no longer exists. Copy what you typed, then reload the page.");
    else stalled(event);
  });

  // The time zone of this device: filled in where none is known; else first in the list, with a button to choose it.
  function offerZone(input) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const option = input.list?.querySelector(`option[data-zones~="${CSS.escape(zone)}"]`);
    input.value ||= option?.value ?? zone;
    if (!option) return;
    option.parentNode.prepend(option);
    // The value in the field would narrow the list to itself, so it is selected: the first key replaces it.
    input.addEventListener("focus", () => input.select());
    const offer = input.form.querySelector("[data-own-zone]");
    if (!offer || option.value === input.value) return;
    offer.hidden = false;
    offer.firstElementChild.textContent = `Use the zone of this device: ${option.value}`;
    offer.firstElementChild.addEventListener("click", () => {
      input.value = option.value;
      offer.hidden = true;
      input.focus();
    });
  }

  function prepare(root) {
    root.querySelectorAll("[data-counter-for]").forEach(count);
    root.querySelectorAll("input[name$=time_zone]").forEach(offerZone);
  }
  prepare(document.body);
}
