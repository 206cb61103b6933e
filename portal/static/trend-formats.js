// How the trend page writes figures and moments: in the page's language, in the site's zone, wherever the browser is.

class TrendFormats {
  constructor({ zone, unit, decimals }) {
    const { lang } = document.documentElement;
    this.locale = lang === "en" ? "en-GB" : lang;
    this.unit = unit;
    const digits = { minimumFractionDigits: Number(decimals), maximumFractionDigits: Number(decimals) };
    this.numbers = new Intl.NumberFormat(this.locale, digits);
    this.counts = new Intl.NumberFormat(this.locale);
    this.shares = new Intl.NumberFormat(this.locale, { style: "percent", maximumFractionDigits: 1 });
    const inZone = (parts) => new Intl.DateTimeFormat(this.locale, { timeZone: zone, hourCycle: "h23", ...parts });
    const day = { day: "numeric", month: "short" };
    const minute = { hour: "2-digit", minute: "2-digit" };
    this.moments = {
      second: inZone({ ...minute, second: "2-digit" }),
      minute: inZone(minute),
      day: inZone(day),
      month: inZone({ month: "short" }),
      year: inZone({ year: "numeric" }),
      dayAndMinute: inZone({ ...day, ...minute }),
      dayAndSecond: inZone({ ...day, ...minute, second: "2-digit" }),
      full: inZone({ year: "numeric", ...day, ...minute }),
    };
  }

  // A moment in seconds; `kind` is a key of `moments`.
  moment(seconds, kind) {
    return this.moments[kind].format(seconds * 1000);
  }

  // The date is not said twice.
  span(start, end, kind) {
    const isOneDay = ["day", "year"].every((part) => this.moment(start, part) === this.moment(end, part));
    return `${this.moment(start, kind)} – ${this.moment(end, isOneDay ? "minute" : kind)}`;
  }

  plain(value) {
    return this.numbers.format(value);
  }

  value(value) {
    if (value == null) {
      return "–";
    }
    return this.unit ? `${this.numbers.format(value)} ${this.unit}` : this.numbers.format(value);
  }

  count(number) {
    return this.counts.format(number);
  }

  share(share) {
    return share == null ? "–" : this.shares.format(share);
  }

  // Labels of one axis, all with as many decimals as the finest of them needs.
  ticks(values) {
    const needed = values.map((value) => String(Number(value.toFixed(6))).split(".")[1]?.length ?? 0);
    const digits = Math.max(0, ...needed);
    const format = new Intl.NumberFormat(this.locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return values.map((value) => format.format(value));
  }
}
