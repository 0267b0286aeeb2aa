/**
 * Where a Bunsen server answers otherwise than the recorded Python one, and why. What is listed must differ, exactly
 * so; whatever else differs fails the test.
 */
export interface DeliberateDifference {
  readonly why: string;
  /** Only of this generation; of both if left out. */
  readonly generation?: 4 | 5;
  /** The names of the exchanges, without the serializer's group where it is about all of these. */
  readonly exchanges: readonly string[];
  /** As `replay` words them. `*` stands for any text. */
  readonly differences: readonly string[];
}

export const DELIBERATE_DIFFERENCES: readonly DeliberateDifference[] = [
  {
    why: "an error of ours says more: what the object does expose, which option to change, where a payload is wrong",
    exchanges: [
      "serpent/attr-set-readonly",
      "serpent/exception-unknown-method",
      "serpent/exception-unexposed-method",
      "serpent/exception-private-method",
      "serpent/exception-dotted-method",
      "*/exception-unknown-object",
      "serpent/attr-get-unexposed",
      "protocol-error/connect-garbage-payload",
      "handshake-denied/threadpool-full",
      "hmac/wrong-key",
      "hmac/client-has-no-key",
      "hmac/server-has-no-key",
    ],
    differences: ["1: text"],
  },
  {
    why: "bytes travel by json too, as serpent has them; Python's json refuses to send them",
    exchanges: ["json/call-bytes-result"],
    differences: ["1: flags 0 instead of 1", "1: value: Uint8Array *"],
  },
  {
    why: "who has not shown a key gets nothing that is signed with one, to try keys on",
    exchanges: ["hmac/client-has-no-key"],
    differences: ["1: annotations  instead of HMAC"],
  },
  {
    why: "a key does not leave in the state of a proxy",
    exchanges: ["hmac/proxy-arg"],
    differences: ['1: value.state[5]: null instead of "b64:*"'],
  },
  {
    why: "a refused serializer is called by its name, with the reason",
    generation: 4,
    exchanges: ["refused/pickle"],
    differences: ["1: text"],
  },
  {
    why: "the reason follows Pyro's words",
    exchanges: ["nameserver-serpent/register-invalid-uri"],
    differences: ["1: text"],
  },
  {
    why: "an error tells where it was made, whether it is thrown or returned",
    exchanges: ["*/call-returns-exception"],
    differences: ["1: value.attributes: keys _pyroTraceback instead of "],
  },
  {
    why: "what a caller leaves out is undefined, as in JavaScript: whether a parameter may be left out is not known",
    exchanges: ["serpent/exception-bad-arguments"],
    differences: ["1: flags 0 instead of 1", "1: value: *"],
  },
  {
    why: "a function cannot be sent; Python sends its attributes, which are of no use",
    exchanges: ["serpent/result-unserializable"],
    differences: ["1: flags 1 instead of 0", "1: value: keys __class__,__exception__,*"],
  },
  {
    why: "an object that exposes nothing cannot be registered, so it is unknown",
    exchanges: ["serpent/handshake-empty-object"],
    differences: [
      "1: type CONNECTFAIL instead of CONNECTOK",
      "1: text",
      "afterwards: closed instead of open",
    ],
  },
  {
    why: "no CONNECTFAIL asks for metadata, or has it",
    generation: 4,
    exchanges: ["serpent/handshake-empty-object"],
    differences: ["1: flags 0 instead of 65536"],
  },
  {
    why: "… and is therefore not counted",
    exchanges: ["daemon/registered"],
    differences: ["1: value: 7 items instead of 8"],
  },
  {
    why: "there are no workers; and see above",
    exchanges: ["daemon/info"],
    differences: [
      `1: value: "Pyro.Daemon bound on 127.0.0.1:PORT, NAT None, 7 objects registered." instead of *`,
    ],
  },
  {
    why: "a registered object travels as a proxy with every serializer; Python's marshal sends its attributes",
    exchanges: ["marshal/autoproxy-result"],
    differences: ["1: value: keys __class__,state instead of *"],
  },
  {
    why: "an instance is sent with its class; Pyro4 loses it on Python 3.11 and later",
    generation: 4,
    exchanges: [
      "json/result-plain-object",
      "marshal/result-plain-object",
      "msgpack/result-plain-object",
    ],
    differences: ["1: value: keys x,y,__class__ instead of x,y"],
  },
  {
    why: "JavaScript has no views of a dict's keys: the golden object returns a list, which any serializer can send",
    exchanges: [
      "marshal/result-dict-keys-view",
      "json/result-dict-keys-view",
      "msgpack/result-dict-keys-view",
    ],
    differences: ["1: flags 0 instead of 1", "1: value: *"],
  },
  {
    why: "`deserialized()` returns the arguments; in Python, with json, the word params, which is a mistake",
    exchanges: ["json/blob"],
    differences: ["1: value[1]: *"],
  },
  {
    why: "one address serves both generations",
    exchanges: ["protocol-error/other-generation"],
    differences: [
      "1: generation *",
      "1: type CONNECTOK instead of CONNECTFAIL",
      "1: serializer *",
      "1: value: *",
      "afterwards: left open instead of closed",
    ],
  },
  {
    why: "… and Pyro4's CONNECT asks for metadata by a flag",
    generation: 5,
    exchanges: ["protocol-error/other-generation"],
    differences: ["1: flags 65536 instead of 0"],
  },
  {
    why: "who does not speak Pyro is told in Pyro5's shape, since there must be one",
    generation: 4,
    exchanges: ["protocol-error/http"],
    differences: ["1: generation 5 instead of 4", "1: serializer 2 instead of 3"],
  },
  {
    why: "Pyro5's text for it",
    generation: 4,
    exchanges: ["protocol-error/http"],
    differences: ["1: text"],
  },
  {
    why: "the caller is told which serializer is not accepted",
    generation: 5,
    exchanges: ["protocol-error/connect-unknown-serializer"],
    differences: ["afterwards: one more reply, CONNECTFAIL with flags 0"],
  },
  {
    why: "what is no value of its format is a SerializeError, in whatever format",
    exchanges: ["protocol-error/invoke-garbage-payload"],
    differences: ["1: Pyro*.errors.SerializeError instead of builtins.SyntaxError", "1: args"],
  },
  {
    why: "what is no call is a ProtocolError that says what a call looks like",
    exchanges: ["protocol-error/invoke-wrong-shape"],
    differences: ["1: Pyro*.errors.ProtocolError instead of builtins.ValueError", "1: text"],
  },
  {
    why: "a frame that cannot be read ends the connection, as in Pyro5; nothing is cut off without a word",
    generation: 4,
    exchanges: ["protocol-error/annotation-overrun", "protocol-error/bad-zlib"],
    differences: ["1: no reply", "afterwards: closed instead of open"],
  },
  {
    why: "a class dict of an unknown class is a plain record: nothing is made by the name of a class",
    exchanges: ["security/dunder-class", "security/unknown-class"],
    differences: [
      "1: flags 0 instead of 1",
      "1: value: keys __class__,x instead of *",
      "afterwards: left open instead of closed",
    ],
  },
  {
    why: "the caller is told that the result is too large, and by which option",
    exchanges: ["message-too-large/result"],
    differences: ["afterwards: one more reply, RESULT with flags 1"],
  },
  {
    why: "the caller is told that its handshake is too large, as in Pyro5",
    generation: 4,
    exchanges: ["message-too-large/connect"],
    differences: ["afterwards: one more reply, CONNECTFAIL with flags 0"],
  },
  {
    why: "streaming cannot be switched off; the nearest is maxStreams: 0, which is an error like others",
    exchanges: ["stream-disabled"],
    differences: [
      "1: flags 1 instead of 17",
      "1: Pyro*.errors.PyroError instead of Pyro*.errors.ProtocolError",
      "1: text",
      `1: value.attributes._pyroTraceback: "lines" instead of null`,
    ],
  },
  {
    why: "our name server has methods `watch` and `statistics`",
    generation: 5,
    exchanges: ["nameserver-serpent/handshake", "nameserver-marshal/handshake"],
    differences: ["1: value.meta.methods: 10 members instead of 8"],
  },
  {
    why: "our name server has methods `watch` and `statistics`",
    generation: 5,
    exchanges: ["nameserver-json/handshake", "nameserver-msgpack/handshake"],
    differences: ["1: value.meta.methods: 10 items instead of 8"],
  },
  {
    why: "our name server has methods `watch` and `statistics`, and Pyro5's `yplookup` for both generations",
    generation: 4,
    exchanges: [
      "nameserver-serpent/handshake",
      "nameserver-json/handshake",
      "nameserver-marshal/handshake",
      "nameserver-msgpack/handshake",
    ],
    differences: ["1: value.meta.methods: 10 items instead of 7"],
  },
  {
    why: "our name server is found by the class names of both generations",
    exchanges: ["nameserver-serpent/list-metadata", "nameserver-marshal/list-metadata"],
    differences: ["1: value.Pyro.NameServer[1]: 2 *"],
  },
  {
    why: "our name server is found by the class names of both generations",
    generation: 4,
    exchanges: ["nameserver-json/list-metadata", "nameserver-msgpack/list-metadata"],
    differences: ["1: value.Pyro.NameServer[1]: 2 items instead of 1"],
  },
  {
    why: "Pyro5 cannot send its own sets with these serializers, Bunsen sends lists",
    generation: 5,
    exchanges: ["nameserver-json/list-metadata", "nameserver-msgpack/list-metadata"],
    differences: [
      "1: flags 0 instead of 1",
      "1: value: keys Pyro.NameServer,test.one,test.three *",
    ],
  },
  {
    why: "Python's marshal cannot send a URI inside a tuple",
    exchanges: ["nameserver-marshal/lookup-metadata"],
    differences: ["1: flags 0 instead of 1", "1: value: *"],
  },
];

/** Groups that have nothing to be compared with. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  "connected-socket": "a daemon takes no sockets that others opened",
  multiplex: "there is one kind of server, and it has no threads",
};

/** The rules of an exchange. */
export function deliberateDifferences(exchange: {
  readonly generation: 4 | 5;
  readonly name: string;
}): DeliberateDifference[] {
  return DELIBERATE_DIFFERENCES.filter(
    ({ generation = exchange.generation, exchanges }) =>
      generation === exchange.generation &&
      exchanges.some((name) => wildcard(name).test(exchange.name)),
  );
}

/** A text in which `*` stands for any text. */
export function wildcard(text: string): RegExp {
  const escaped = text.replace(/[\\^$.+?()[\]{}|]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${escaped}$`, "s");
}
