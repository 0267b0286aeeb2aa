// Dates with a time zone, on the wire. Run: node server.ts
import { Daemon, expose } from "#bunsen";

export class Server {
  /** What came is sent back: Python's datetimes come as ISO text, and a Date comes from Bunsen peers. */
  echo(date: Date | string): Date | string {
    console.log("RETURNING:", date);
    return date;
  }
  /** The original names its three libraries of time zones. JavaScript has one, and it is built in. */
  pytz(): string {
    return inAmsterdam(new Date());
  }
  dateutil(): string {
    return inAmsterdam(new Date());
  }
  pendulum(): string {
    return inAmsterdam(new Date());
  }
}
expose(Server, { echo: true, pytz: true, dateutil: true, pendulum: true });

/** A Date is an instant, without a zone: ISO text keeps what the clocks there say, and how far that is from UTC. */
function inAmsterdam(date: Date): string {
  const format = new Intl.DateTimeFormat("en", {
    timeZone: "Europe/Amsterdam",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    timeZoneName: "longOffset",
  });
  const part = Object.fromEntries(
    format.formatToParts(date).map(({ type, value }) => [type, value]),
  );
  const day = `${part["year"]}-${part["month"]}-${part["day"]}`;
  const time = `${part["hour"]}:${part["minute"]}:${part["second"]}.${part["fractionalSecond"]}`;
  const text = `${day}T${time}${part["timeZoneName"]?.slice("GMT".length)}`;
  console.log("RETURNING:", text);
  return text;
}

const daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
daemon.register("example.timezones", new Server());
console.log("ready", daemon.uriFor("example.timezones"));
