// Comfort for the pages, which all work without it: parts that follow what happens, slow parts, forms that ask first.

const live = document.getElementById("live");
const parts = () => [...document.querySelectorAll("[data-refresh]")];

// A part that somebody works in is left alone: nothing moves under a hand, an open message stays open.
function inUse(part) {
  const chosen = getSelection();
  const marked = chosen && !chosen.isCollapsed && part.contains(chosen.anchorNode);
  return marked || part.contains(document.activeElement) || part.querySelector("details[open]") !== null;
}

async function page(address) {
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

const shown = () => new Set([...document.querySelectorAll("tr[data-id]")].map((row) => row.dataset.id));

function replace(part, found, known) {
  const fresh = found.querySelector(`[data-part="${part.dataset.part}"]`);
  if (!fresh) return;
  for (const row of fresh.querySelectorAll("tr[data-id]")) if (!known.has(row.dataset.id)) row.classList.add("new");
  part.replaceWith(document.importNode(fresh, true));
}

let waiting = 0;
let asked = false;
async function refresh() {
  if (waiting || document.hidden) { asked = true; return; }
  const moving = parts().filter((part) => !inUse(part));
  if (!moving.length) return;
  waiting = setTimeout(() => { waiting = 0; if (asked) { asked = false; refresh(); } }, 1000);
  const known = shown();
  const found = await page(location.href).catch(() => null);
  if (found) for (const part of moving) replace(part, found, known);
  localTimes();
}
document.addEventListener("visibilitychange", () => { if (!document.hidden && asked) { asked = false; refresh(); } });
document.addEventListener("focusout", () => setTimeout(() => { if (asked) { asked = false; refresh(); } }, 300));

// Other code serves, or the last edit is broken or mended: the banner tells it.
async function state(now) {
  if (now === document.body.dataset.state) return;
  document.body.dataset.state = now;
  const found = await page(location.href).catch(() => null);
  if (!found) return;
  const banner = document.getElementById("banner");
  const fresh = found.getElementById("banner");
  if (fresh && banner.innerHTML !== fresh.innerHTML) banner.replaceChildren(...document.importNode(fresh, true).childNodes);
  const known = shown();
  for (const part of parts().filter((each) => !inUse(each))) replace(part, found, known);
}

function pulse(calls) {
  for (const { function: name, outcome } of calls) {
    for (const link of document.querySelectorAll(`.map a[data-kind="function"][data-name="${CSS.escape(name)}"]`)) {
      link.classList.remove("pulse", "failed");
      link.getBoundingClientRect(); // so that the animation begins again
      link.classList.add("pulse");
      if (outcome !== "running" && outcome !== "done") link.classList.add("failed");
    }
  }
}

function tell(words, lost) {
  live.hidden = false;
  live.classList.toggle("lost", lost);
  live.querySelector(".words").textContent = words;
}

let opened = false;
const stream = new EventSource(document.body.dataset.live);
stream.addEventListener("open", () => { tell("live", false); if (opened) refresh(); opened = true; });
stream.addEventListener("error", () => tell("waiting for portable dev…", true));
stream.addEventListener("state", (event) => state(JSON.parse(event.data)));
stream.addEventListener("calls", (event) => { pulse(JSON.parse(event.data)); if (parts().length) { asked = true; if (!waiting) { asked = false; refresh(); } } });
addEventListener("pagehide", () => stream.close());

// A part that takes a while to be made.
for (const part of document.querySelectorAll("[data-load]")) {
  page(part.dataset.load)
    .then((found) => replace(part, found, new Set()))
    .catch(() => { part.removeAttribute("aria-busy"); part.querySelector(".loading").firstChild.textContent = "This could not be loaded. "; });
}

// Forms: JSON is looked at while it is written, a deletion asks first, a filter follows its lists, a slow one says so.
document.addEventListener("input", (event) => {
  const area = event.target;
  if (!area.matches?.("textarea[data-json]")) return;
  let why = "";
  try { if (area.value.trim()) JSON.parse(area.value); } catch (error) { why = error.message; }
  area.setAttribute("aria-invalid", String(Boolean(why)));
  area.title = why;
});
document.addEventListener("submit", (event) => {
  const { ask, slow } = event.target.dataset;
  if (ask && !confirm(ask)) { event.preventDefault(); return; }
  const button = event.submitter;
  if (slow && button) { button.textContent = slow; setTimeout(() => { button.disabled = true; }); }
});
document.addEventListener("change", (event) => {
  if (event.target.matches?.("form[data-auto] select")) event.target.form.requestSubmit();
});
addEventListener("pageshow", () => { for (const button of document.querySelectorAll("button[disabled]")) button.disabled = false; });

// Moments in the reader's own time zone, where that is not the one of this machine.
function localTimes() {
  const shown = new Intl.DateTimeFormat(undefined, { weekday: "short", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
  for (const time of document.querySelectorAll("time[data-local]")) time.textContent = shown.format(new Date(time.dateTime));
}
localTimes();
