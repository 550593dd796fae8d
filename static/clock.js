/* <time-clock>: a clock that the server sets, and that ticks here. Without this script its text stays as it was served.
     data-now     the server's time when the page was made (ISO), so that a wrong device clock does not matter
     data-start   counts up from here: a stopwatch. data-unit="seconds" says "12 s", up to two minutes
     data-until   counts down to here, then up again as "+2:10"
   A screen reader is told only five minutes and one minute before the end, and at the end. */
"use strict";

{
  const clocks = new Set();
  const MOMENTS = { 300: "Five minutes left.", 60: "One minute left.", 0: "The time is up. Take what you need." };

  function written(seconds) {
    const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
    const hours = Math.floor(seconds / 3600);
    const padded = parts.map((part) => String(part).padStart(2, "0"));
    return hours ? `${hours}:${padded.join(":")}` : `${parts[0]}:${padded[1]}`;
  }

  class TimeClock extends HTMLElement {
    connectedCallback() {
      const now = Date.parse(this.dataset.now);
      this.ahead = Number.isNaN(now) ? 0 : now - Date.now();
      this.setAttribute("role", "timer"); // a timer is read when asked for, not at every tick
      clocks.add(this);
      this.tick();
    }

    disconnectedCallback() {
      clocks.delete(this);
    }

    tick() {
      const now = Date.now() + this.ahead;
      if (this.dataset.until) {
        const left = Math.round((Date.parse(this.dataset.until) - now) / 1000);
        this.toggleAttribute("data-over", left < 0);
        this.show((left < 0 ? "+" : "") + written(Math.abs(left)));
        if (left !== this.left && MOMENTS[left] && this.left !== undefined) window.coach?.announce(MOMENTS[left]);
        this.left = left;
      } else {
        const gone = Math.max(0, Math.floor((now - Date.parse(this.dataset.start)) / 1000));
        this.show(this.dataset.unit === "seconds" && gone < 120 ? `${gone} s` : written(gone));
      }
    }

    show(text) {
      if (this.textContent !== text && !text.includes("NaN")) this.textContent = text;
    }
  }

  const tick = () => clocks.forEach((clock) => clock.tick());
  customElements.define("time-clock", TimeClock);
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", tick); // a hidden tab's timers are slowed down
}
