// What moves on the pages: ages and countdowns, the theme switch, and care against double taps.

const root = document.documentElement;
const lang = root.lang;
const ages = new Intl.RelativeTimeFormat(lang, { style: "narrow", numeric: "always" });
// A phone whose clock is wrong still shows right ages: the server's clock counts.
const skew = Date.now() - Date.parse(root.dataset.now);
const ahead = Math.abs(skew) > 5000 ? skew : 0;
const pad = (number) => String(number).padStart(2, "0");

function showAge(element, now) {
  const seconds = Math.max(0, Math.round((now - Date.parse(element.dateTime)) / 1000));
  const [size, unit] = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]].find(([least]) => seconds >= least) ?? [1, "second"];
  element.title ||= element.textContent;
  element.textContent = ages.format(-Math.floor(seconds / size), unit);
}

function showCountdown(element, now) {
  const seconds = Math.round((Date.parse(element.dateTime) - now) / 1000);
  const left = Math.abs(seconds);
  element.title ||= element.textContent;
  element.textContent = `${seconds < 0 ? "+" : ""}${Math.floor(left / 3600)}:${pad(Math.floor(left / 60) % 60)}:${pad(left % 60)}`;
}

function tick() {
  const now = Date.now() - ahead;
  document.querySelectorAll("time[data-age]").forEach((element) => showAge(element, now));
  document.querySelectorAll("time[data-countdown]").forEach((element) => showCountdown(element, now));
}

tick();
setInterval(tick, 1000);
// On paper nothing moves: there stands the time itself.
addEventListener("beforeprint", () => {
  document.querySelectorAll("time[data-age], time[data-countdown]").forEach((element) => {
    element.textContent = element.title;
  });
});

document.querySelector("[data-theme-switch]")?.addEventListener("click", () => {
  root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
  document.cookie = `theme=${root.dataset.bsTheme}; path=/; max-age=31536000; samesite=lax`;
});

// A form is sent once, however often it is tapped.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) {
    event.preventDefault();
  }
  event.target.dataset.sent = "yes";
});
// A page that the back button brings back is an old one: its form was sent already.
addEventListener("pageshow", (event) => event.persisted && location.reload());

// A choice counts at once where nothing else is to be filled in.
document.querySelector("form[data-at-once]")?.addEventListener("change", (event) => event.currentTarget.requestSubmit());

// An open menu closes on Escape, and when something else is tapped.
const menu = document.querySelector(".more");
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu?.open) {
    menu.open = false;
    menu.firstElementChild.focus();
  }
});
addEventListener("click", (event) => {
  if (menu?.open && !menu.contains(event.target)) {
    menu.open = false;
  }
});

// What arrives live.
document.addEventListener("htmx:afterSwap", () => {
  tick();
  const open = document.querySelector("[data-open]")?.dataset.open ?? "0";
  document.title = (open === "0" ? "" : `(${open}) `) + document.title.replace(/^\(\d+\) /, "");
});
document.addEventListener("htmx:sseClose", (event) => event.detail.type === "message" && location.reload());
