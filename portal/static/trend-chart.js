// The chart of the trend page: a line with its spread over the limits, alarms as marks, mouse and fingers that zoom.

class TrendChart {
  // `look(start, end)` is called when a person wants to see that range, in seconds.
  constructor(holder, tip, formats, zone, look) {
    Object.assign(this, { holder, tip, formats, zone, look });
    this.fingers = new Map();
    this.data = null;
    this.plot = null;
    const repaint = () => this.plot && this.draw(this.data);
    new ResizeObserver(() => this.resize()).observe(holder);
    new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  }

  // Whether somebody is reading off a value or marking a range.
  get isHeld() {
    return this.fingers.size > 0 || Boolean(this.plot?.over.matches(":hover"));
  }

  clear() {
    this.plot?.destroy();
    this.plot = null;
    this.tip.hidden = true;
  }

  draw(data) {
    this.clear();
    this.data = data;
    const ink = this.readColours();
    const isSparse = data.time.length < 90;
    const points = { show: true, filter: isSparse ? null : findLonely, size: 4, fill: ink.line };
    const edge = { stroke: "transparent", width: 0, points: { show: false } };
    const grid = { stroke: ink.grid, width: 1 };
    const axis = { stroke: ink.text, grid, ticks: { show: false }, font: `12px ${ink.font}` };
    const options = {
      width: this.holder.clientWidth,
      height: this.holder.clientHeight,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), this.zone),
      legend: { show: false },
      cursor: { y: false, drag: { x: true, y: false, setScale: false, dist: 8 }, points: { size: 8 } },
      scales: { x: { range: (_, min, max) => this.shown(min, max) }, y: { range: () => chooseHeights(data) } },
      axes: [
        { ...axis, space: 64, size: 44, values: (_, splits, __, ___, step) => this.labelTimes(splits, step) },
        { ...axis, space: 36, gap: 8, size: measureLabels, values: (_, splits) => this.formats.ticks(splits) },
      ],
      series: [{}, { stroke: ink.line, width: 2, points }, edge, edge],
      bands: [{ series: [2, 3], fill: ink.spread }],
      hooks: {
        drawClear: [(plot) => drawLimits(plot, data, ink)],
        setSelect: [({ select, posToVal }) => select.width > 0 && this.look(posToVal(select.left, "x"), posToVal(select.left + select.width, "x"))],
        setCursor: [(plot) => this.tell(plot)],
        ready: [(plot) => this.mark(plot), (plot) => this.listen(plot)],
      },
    };
    this.plot = new uPlot(options, [data.time, data.mean, data.high, data.low], this.holder);
  }

  // The whole range, or what two fingers hold at the moment.
  shown(min, max) {
    return this.stretched ? [min, max] : [this.data.start, this.data.end];
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.holder;
    if (this.plot && width > 0 && (this.plot.width !== width || this.plot.height !== height)) {
      this.plot.setSize({ width, height });
      this.mark(this.plot);
    }
  }

  // A canvas knows nothing of the page's variables, so an element resolves them.
  readColours() {
    const probe = document.createElement("i");
    this.holder.append(probe);
    const style = getComputedStyle(probe);
    const resolve = (name) => {
      probe.style.color = `var(--trend-${name})`;
      return [name, style.color];
    };
    const names = ["line", "spread", "grid", "text", "right", "limit", "closing"];
    const colours = { ...Object.fromEntries(names.map(resolve)), font: style.fontFamily };
    probe.remove();
    return colours;
  }

  // The date stands where it changes. Where the browser's own zone shifts its clocks, uPlot places the start of a day
  // up to an hour beside it: the middle of the day is never mistaken for another.
  labelTimes(splits, step) {
    let day = "";
    return splits.map((seconds) => {
      const noon = seconds + 43200;
      if (step >= 28 * 86400) {
        return `${this.formats.moment(noon, "month")}\n${this.formats.moment(noon, "year")}`;
      }
      if (step >= 86400) {
        return this.formats.moment(noon, "day");
      }
      const before = day;
      day = this.formats.moment(seconds, "day");
      const time = this.formats.moment(seconds, step < 60 ? "second" : "minute");
      return day === before ? time : `${time}\n${day}`;
    });
  }

  // What is under the cursor.
  tell(plot) {
    const { data, formats, tip } = this;
    const { idx: index, left } = plot.cursor;
    const isKnown = index != null && data.mean[index] != null;
    tip.hidden = !isKnown;
    if (!isKnown) {
      return;
    }
    const [time, half] = [data.time[index], data.step / 2];
    const when = half ? formats.span(time - half, time + half, "dayAndMinute") : formats.moment(time, "dayAndSecond");
    const spread = half ? `${formats.plain(data.low[index])} – ${formats.value(data.high[index])}` : "";
    tip.querySelector("[data-time]").textContent = when;
    tip.querySelector("[data-mean]").textContent = formats.value(data.mean[index]);
    tip.querySelector("[data-spread]").textContent = spread;
    const start = plot.over.offsetLeft + left;
    const isTight = start + 16 + tip.offsetWidth > this.holder.clientWidth;
    tip.style.left = `${Math.max(0, isTight ? start - 16 - tip.offsetWidth : start + 16)}px`;
  }

  mark(plot) {
    plot.over.querySelectorAll(".trend-mark").forEach((link) => link.remove());
    for (const { url, severity, label, time } of this.data.marks) {
      const link = document.createElement("a");
      link.href = url;
      link.className = `trend-mark ${severity}`;
      link.title = `${label}, ${this.formats.moment(time, "dayAndMinute")}`;
      link.ariaLabel = link.title;
      link.style.left = `${plot.valToPos(time, "x")}px`;
      // A tap on the mark is not the start of a selection.
      link.addEventListener("mousedown", (event) => event.stopPropagation());
      plot.over.append(link);
    }
  }

  // One finger reads off a value, two zoom.
  listen({ over }) {
    const { fingers } = this;
    const place = (event) => event.clientX - over.getBoundingClientRect().left;
    let held = null;
    over.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch") {
        fingers.set(event.pointerId, place(event));
        held = fingers.size === 2 ? [...fingers.values()].sort(ascending).map((left) => this.plot.posToVal(left, "x")) : null;
      }
    });
    over.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) {
        return;
      }
      fingers.set(event.pointerId, place(event));
      if (held) {
        this.stretch(held, [...fingers.values()].sort(ascending));
      } else {
        this.plot.setCursor({ left: place(event), top: 1 });
      }
    });
    const release = (event) => {
      fingers.delete(event.pointerId);
      if (held) {
        held = null;
        this.look(...this.stretched);
        this.stretched = null;
      }
    };
    over.addEventListener("pointerup", release);
    over.addEventListener("pointercancel", release);
  }

  // Keep the two moments that were taken hold of under the two fingers.
  stretch([first, second], [left, right]) {
    const scale = (second - first) / Math.max(right - left, 16);
    const min = first - left * scale;
    this.stretched = [min, min + scale * this.plot.over.clientWidth];
    this.plot.setScale("x", { min, max: this.stretched[1] });
    this.mark(this.plot);
  }
}

function ascending(one, other) {
  return one - other;
}

// A reading between two holes has no line, so it must be a point.
function findLonely(plot) {
  const values = plot.data[1];
  const isKnown = (index) => values[index] != null;
  return [...values.keys()].filter((index) => isKnown(index) && !isKnown(index - 1) && !isKnown(index + 1));
}

// The curve and what is right; a closing level only where the water comes near it.
function chooseHeights(data) {
  const isKnown = (value) => value != null;
  const inside = [...data.low, ...data.high, ...data.limits.flatMap(({ low, high }) => [low, high])].filter(isKnown);
  const [low, high] = [Math.min(...inside), Math.max(...inside)];
  const near = (high - low) * 0.35;
  const levels = data.limits.flatMap((limit) => [limit.close_low, limit.close_high]).filter(isKnown);
  const seen = levels.filter((level) => level > low - near && level < high + near);
  const [bottom, top] = [Math.min(low, ...seen), Math.max(high, ...seen)];
  const edge = (top - bottom) * 0.08 || 1;
  return [low >= 0 ? Math.max(bottom - edge, 0) : bottom - edge, top + edge];
}

function drawLimits(plot, data, ink) {
  const { ctx, bbox } = plot;
  const isKnown = (value) => value != null;
  const x = (seconds) => plot.valToPos(seconds, "x", true);
  const y = (value) => plot.valToPos(value, "y", true);
  const line = (from, to, value, colour, dash) => {
    ctx.beginPath();
    ctx.setLineDash(dash);
    ctx.strokeStyle = colour;
    ctx.moveTo(from, y(value));
    ctx.lineTo(to, y(value));
    ctx.stroke();
  };
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = devicePixelRatio;
  for (const limit of data.limits) {
    const [from, to] = [x(limit.start), x(limit.end)];
    const bounds = [limit.low, limit.high].filter(isKnown);
    if (bounds.length > 0) {
      const top = isKnown(limit.high) ? y(limit.high) : bbox.top;
      const bottom = isKnown(limit.low) ? y(limit.low) : bbox.top + bbox.height;
      ctx.fillStyle = ink.right;
      ctx.fillRect(from, top, to - from, bottom - top);
    }
    bounds.forEach((value) => line(from, to, value, ink.limit, []));
    const dash = [6 * devicePixelRatio, 4 * devicePixelRatio];
    [limit.close_low, limit.close_high].filter(isKnown).forEach((value) => line(from, to, value, ink.closing, dash));
  }
  ctx.restore();
}

function measureLabels(_, labels) {
  return 16 + 7.5 * Math.max(1, ...(labels ?? []).map((text) => text.length));
}
