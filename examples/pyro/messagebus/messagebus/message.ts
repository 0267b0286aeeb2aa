import { registerClass } from "#bunsen";

/** What travels on the bus. */
export class Message {
  readonly msgid: string;
  readonly created: Date;
  readonly data: unknown;

  constructor(data: unknown, msgid: string = crypto.randomUUID(), created: Date = new Date()) {
    this.msgid = msgid;
    this.created = created;
    this.data = data;
  }
}
registerClass(Message, {
  name: "Pyro5.utils.messagebus.message",
  // The time as Python's bus has it: ISO text of the local clock, without a zone.
  toWire: ({ msgid, created, data }) => ({
    msgid,
    created: new Date(created.getTime() - created.getTimezoneOffset() * 60_000)
      .toISOString()
      .slice(0, -1),
    data,
  }),
  fromWire: ({ msgid, created, data }) =>
    new Message(data, msgid as string, new Date(created as string)),
});
