// The trend page: asks for what its address names, shows it as chart, figures and table, and moves on with the person.

const frame = document.getElementById("trend");
const find = (name) => document.getElementById(`trend-${name}`);
const formats = new TrendFormats(frame.dataset);
const chart = new TrendChart(find("chart"), find("tip"), formats, frame.dataset.zone, look);

const LEAST_SPAN = 60;
const MOST_SPAN = 10 * 366 * 86400;
const RETRY = 10;
// Seconds between two looks at ranges so short that something would be seen to move.
const LIVE = { "1h": 5, "6h": 20, "24h": 60 };

let shown = { start: 0, end: 0 };
let asked = null;
let timer = null;
let skew = 0;

const now = () => Date.now() / 1000 + skew;

// A person looks at a `range` that ends now, or at `from` to `to` in seconds.

function readAddress() {
  const query = new URLSearchParams(location.search);
  const [from, to] = ["from", "to"].map((name) => Date.parse(query.get(name)) / 1000);
  return from < to ? { from, to } : { range: query.get("range") ?? frame.dataset.range };
}

function writeAddress({ range, from, to }) {
  const { place, quantity } = frame.dataset;
  const query = new URLSearchParams({ place, quantity });
  const stamp = (seconds) => new Date(seconds * 1000).toISOString();
  const when = range ? { range } : { from: stamp(from), to: stamp(to) };
  Object.entries(when).forEach(([name, value]) => query.set(name, value));
  return `?${query}`;
}

function look(start, end) {
  const span = Math.min(Math.max(end - start, LEAST_SPAN), MOST_SPAN);
  const to = Math.min((start + end + span) / 2, now());
  go({ from: to - span, to });
}

function go(wanted) {
  history.pushState(null, "", writeAddress(wanted));
  show(wanted);
}

async function show(wanted) {
  clearTimeout(timer);
  asked?.abort();
  asked = new AbortController();
  const { signal } = asked;
  frame.ariaBusy = "true";
  try {
    const answer = await fetch(`/trends/data${writeAddress(wanted)}`, { signal });
    if (answer.redirected) {
      // Signed out meanwhile.
      location.reload();
      return;
    }
    if (!answer.ok) {
      throw new Error(answer.statusText);
    }
    skew = (Date.parse(answer.headers.get("Date")) - Date.now()) / 1000 || 0;
    present(await answer.json(), wanted.range);
    find("trouble").hidden = true;
    later(wanted, LIVE[wanted.range]);
  } catch (error) {
    if (!signal.aborted) {
      find("trouble").hidden = false;
      later(wanted, RETRY);
    }
  }
}

function later(wanted, seconds) {
  if (seconds) {
    // Whoever reads off a value is not interrupted, and a hidden page asks for nothing.
    const isBusy = () => document.hidden || chart.isHeld;
    timer = setTimeout(() => (isBusy() ? later(wanted, 1) : show(wanted)), seconds * 1000);
  }
}

function present(data, range) {
  shown = data;
  frame.ariaBusy = "false";
  const isEmpty = data.time.length === 0;
  find("empty").hidden = !isEmpty;
  find("chart").hidden = isEmpty;
  if (isEmpty) {
    chart.clear();
  } else {
    chart.draw(data);
  }
  find("span").textContent = formats.span(data.start, data.end, "full");
  for (const link of document.querySelectorAll("[data-trend-range]")) {
    link.ariaCurrent = link.dataset.trendRange === range ? "true" : null;
  }
  for (const link of document.querySelectorAll("[data-trend-quantity]")) {
    // Another quantity is compared over the same time.
    const query = new URLSearchParams(location.search);
    query.set("quantity", link.dataset.trendQuantity);
    link.search = query;
  }
  find("next").disabled = data.end >= now() - 1;
  find("reset").disabled = Boolean(range);
  tabulate(data);
  explain(data);
}

function tabulate({ total, last, rows, marks }) {
  const figures = { last, mean: total?.mean, low: total?.low, high: total?.high };
  Object.entries(figures).forEach(([name, value]) => (find(name).textContent = formats.value(value)));
  find("within").textContent = formats.share(total?.within);
  find("rows").replaceChildren(...rows.map(makeRow));
  find("table").hidden = rows.length === 0;
  find("alarms").replaceChildren(...marks.map(makeAlarm).reverse());
  find("no-alarms").hidden = marks.length > 0;
}

// The key names only what is in the picture.
function explain({ step, time, limits, marks }) {
  const has = (...names) => limits.some((limit) => names.some((name) => limit[name] != null));
  const parts = {
    raw: step === 0,
    bucketed: step > 0,
    limited: has("low", "high"),
    closing: has("close_low", "close_high"),
    alarmed: marks.length > 0,
  };
  for (const [name, isThere] of Object.entries(parts)) {
    frame.querySelectorAll(`[data-${name}]`).forEach((item) => (item.hidden = !isThere || time.length === 0));
  }
}

function makeRow({ label, mean, low, high, number, within }) {
  const texts = [label, ...[mean, low, high].map((value) => formats.plain(value)), formats.count(number), formats.share(within)];
  const row = document.createElement("tr");
  for (const [column, text] of texts.entries()) {
    const cell = document.createElement(column === 0 ? "th" : "td");
    cell.textContent = text;
    row.append(cell);
  }
  row.firstChild.scope = "row";
  return row;
}

function makeAlarm({ url, label, state, time, severity }) {
  const item = find("alarm").content.firstElementChild.cloneNode(true);
  item.querySelector("a").href = url;
  item.querySelector("[data-label]").textContent = label;
  item.querySelector("[data-state]").textContent = state;
  item.querySelector("[data-time]").textContent = formats.moment(time, "dayAndMinute");
  item.querySelector("[data-severity]").className = severity;
  return item;
}

// Buttons and keys.

const span = () => shown.end - shown.start;
const actions = {
  previous: () => look(shown.start - span(), shown.start),
  next: () => look(shown.end, shown.end + span()),
  in: () => look(shown.start + span() / 4, shown.end - span() / 4),
  out: () => look(shown.start - span() / 2, shown.end + span() / 2),
  reset: () => go({ range: frame.dataset.range }),
};
const keys = { ArrowLeft: "previous", ArrowRight: "next", "+": "in", "=": "in", "-": "out", Escape: "reset" };

for (const [name, action] of Object.entries(actions)) {
  find(name).addEventListener("click", action);
}
find("chart").addEventListener("dblclick", actions.reset);
find("chart").addEventListener("keydown", (event) => {
  const action = find(keys[event.key]);
  if (action && event.target === find("chart") && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    action.click();
  }
});
for (const link of document.querySelectorAll("[data-trend-range]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    frame.dataset.range = link.dataset.trendRange;
    go({ range: link.dataset.trendRange });
  });
}
find("choice").elements.place.addEventListener("change", ({ target }) => {
  // Another place is compared over the same time too.
  const query = new URLSearchParams(location.search);
  query.set("quantity", frame.dataset.quantity);
  query.set("place", target.value);
  location.search = query;
});
addEventListener("popstate", () => show(readAddress()));

show(readAddress());
