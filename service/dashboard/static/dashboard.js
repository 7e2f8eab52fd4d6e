// What the pages cannot do without a script, and do well enough without it: times in the reader's own zone,
// and the polling kept polite.
(() => {
  "use strict";

  const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  const UNITS = [["second", 60], ["minute", 60], ["hour", 24], ["day", Infinity]];

  function ago(moment) {
    let distance = (moment - Date.now()) / 1000;
    for (const [unit, size] of UNITS) {
      if (Math.abs(distance) < size) return relative.format(Math.round(distance), unit);
      distance /= size;
    }
    return "";
  }

  function showTimes() {
    for (const element of document.querySelectorAll("time[data-show]")) {
      const moment = new Date(element.dateTime);
      const text = absolute.format(moment);
      element.textContent = element.dataset.show === "ago" ? ago(moment) : text;
      element.title = element.dataset.show === "ago" ? text : ago(moment);
    }
  }

  // The form's times are the reader's own; what is sent names the moment.
  function prepareFilter(form) {
    const pad = (number) => String(number).padStart(2, "0");
    for (const zone of form.querySelectorAll("[data-zone]")) zone.remove();
    for (const input of form.querySelectorAll("input[type=datetime-local]")) {
      if (!input.value) continue;
      const at = new Date(`${input.value}Z`);
      input.value =
        `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
    }
    form.addEventListener("formdata", (event) => {
      for (const name of ["since", "until"]) {
        const value = event.formData.get(name);
        if (value) event.formData.set(name, new Date(value).toISOString());
      }
    });
  }

  function reached(isReached) {
    document.getElementById("stale").hidden = isReached;
  }

  document.addEventListener("htmx:before:request", (event) => {
    // Nobody looks: nothing is asked.
    if (document.hidden) event.preventDefault();
  });
  document.addEventListener("htmx:after:request", (event) => reached(event.detail.ctx.response.status < 400));
  document.addEventListener("htmx:error", () => reached(false));
  document.addEventListener("htmx:after:swap", showTimes);

  document.querySelectorAll("form[data-filter]").forEach(prepareFilter);
  showTimes();
})();
