/** Who asked for something. */
export interface Who {
  /** What a key, a certificate or a handshake proved, else what it registered as, else its address; `"model"` itself. */
  readonly identity: string;
  /** Whether the connection proves the identity. A name that was only given may be anybody's. */
  readonly proved: boolean;
  /** What it registered as: `"controller"`, or a word of your own. Undefined for one that did not register. */
  readonly role: string | undefined;
  /** `"pyro4"`, `"pyro5"`, …; `"local"` for the program that has the model. */
  readonly dialect: string;
  /** Where its connection comes from; empty for the program that has the model. */
  readonly address: string;
}

/** The program that has the model: a timer, an instrument. It needs nobody's leave. */
export const MODEL: Who = {
  identity: "model",
  proved: true,
  role: undefined,
  dialect: "local",
  address: "",
};
