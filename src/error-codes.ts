/** What people should know of one code. Class and retry are those of the places that throw it. */
export interface ErrorCode {
  /** What happened, to somebody who only sees the code. */
  readonly meaning: string;
  readonly remedy: string;
  /** Class and retry where the code is put together elsewhere than in `new …Error("ERR_…")`. */
  readonly thrownAs?: readonly string[];
}

/** The codes of one matter. */
export interface ErrorTopic {
  readonly title: string;
  readonly codes: Readonly<Record<string, ErrorCode>>;
}

/** Every code of every error that is thrown on purpose; `docs/errors.md` is made of it (`npm run docs`). */
export const ERROR_TOPICS: readonly ErrorTopic[] = [
  {
    title: "Connecting",
    codes: {
      ERR_CONNECT: {
        meaning:
          "No connection: nothing listens there, or the host is unknown or cannot be reached.",
        remedy:
          "`bunsen probe HOST:PORT` says what is there; start the daemon, or correct the address.",
      },
      ERR_CONNECT_TIMEOUT: {
        meaning: "Nobody accepted the connection in time; nothing was sent.",
        remedy: "Check that the host is up and that no firewall drops the port; raise `timeout`.",
      },
      ERR_HANDSHAKE_TIMEOUT: {
        meaning: "The connection stands, but no handshake followed in time.",
        remedy: "Check that a Pyro daemon listens there, and that its threads are not all taken.",
      },
      ERR_HANDSHAKE_REFUSED: {
        meaning:
          "The daemon refused; the message has its words: an unknown object, a hook's reason, too many connections.",
        remedy:
          "Do what the words say; `bunsen describe` of the daemon's `Pyro.Daemon` lists its objects.",
      },
      ERR_GATEWAY_REFUSED: {
        meaning:
          "A gateway refused a WebSocket; the message has its words: no such object, not exposed, no key, a page of another site.",
        remedy: "Do what the words say; docs/gateway.md has the options that decide.",
      },
      ERR_HANDSHAKE: {
        meaning: "What the peer sent first is no handshake.",
        remedy: "Check that both ends speak Pyro 4 or 5, and that TLS is on at both or at none.",
      },
      ERR_NO_HANDSHAKE: {
        meaning: "A call was made before the handshake was answered.",
        remedy: "Await `connect`. Seen otherwise, it is a defect of Bunsen: report it.",
      },
      ERR_LISTEN: {
        meaning:
          "The daemon cannot listen there: the port is taken, or the address is not of this machine.",
        remedy: "Choose another port (0 takes a free one), or end the other program.",
      },
      ERR_BAD_URI: {
        meaning: "The text is no URI of an object.",
        remedy: "Write `PYRO:object@host:port`, `PYRONAME:name` or `PYROMETA:tag,tag`.",
      },
      ERR_BAD_URL: {
        meaning: "The text is no place to listen at.",
        remedy:
          "Write `pyro://host:port`, `pyro://[ipv6]:port`, `pyro://./u:/path/of.sock` or `http://host:port`.",
      },
      ERR_BAD_OPTION: {
        meaning: "An option has a value that it cannot have, or contradicts another.",
        remedy: "The message names it, and what is expected.",
      },
      ERR_ENVIRONMENT: {
        meaning:
          "A `PYRO_…` or `BUNSEN_…` variable of the environment has a value that cannot be read or followed.",
        remedy:
          "Correct the variable that the message names, or unset it; see docs/configuration.md.",
      },
    },
  },
  {
    title: "A connection that ends",
    codes: {
      ERR_CLOSED: {
        meaning: "This side closed the connection, the daemon, or the tunnel.",
        remedy: "The next call on a proxy connects again; of a closed daemon make a new one.",
      },
      ERR_CLOSED_BY_PEER: {
        meaning: "The peer closed the connection while calls were under way; they may have run.",
        remedy: "Look into the peer's log; call again where running twice does no harm.",
      },
      ERR_CONNECTION_LOST: {
        meaning:
          "The connection broke: the peer died, or the network did; calls under way may have run.",
        remedy: "Call again where running twice does no harm (`retries`).",
      },
      ERR_TRUNCATED: {
        meaning: "The connection ended in the middle of a message.",
        remedy: "As for ERR_CONNECTION_LOST.",
      },
      ERR_TIMEOUT: {
        meaning: "No answer came within `timeout`; the call may still be running.",
        remedy:
          "Give it more time, or find out what keeps the daemon; call again where running twice does no harm.",
      },
      ERR_IDLE: {
        meaning: "A caller was silent for longer than `idleTimeoutMs`.",
        remedy: "None needed: its next call connects again. 0 lets callers be silent for ever.",
      },
      ERR_CANCELLED: {
        meaning: "The reason of `callContext().signal`: the caller cancelled the call, or is gone.",
        remedy: "Stop working for it.",
      },
      ERR_REFUSED: {
        meaning: "A caller was turned away, over `maxConnections` or without a certificate.",
        remedy: "Close connections that are not needed, or raise `maxConnections`.",
      },
      ERR_STREAM_OVER: {
        meaning: "The stream that a proxy was given is over, and no address leads to its object.",
        remedy: "Connect with another stream.",
      },
      ERR_STREAM_TAKEN: {
        meaning: "The stream serves one conversation already.",
        remedy: "Give each daemon and each proxy a stream of its own.",
      },
      ERR_COMMUNICATION: {
        meaning: "The peer reports a failed conversation of its own.",
        remedy: "Its words and traceback are in `error.remote`.",
        thrownAs: ["CommunicationError, never"],
      },
      ERR_INTERNAL: {
        meaning: "Something failed that should not be able to; it cost one connection.",
        remedy: "Report it, with `error.cause`.",
      },
    },
  },
  {
    title: "Security",
    codes: {
      ERR_TLS: {
        meaning: "The peer's certificate is not to be trusted, or it speaks no TLS.",
        remedy:
          "Give its authority as `tls.ca`, its name as `tls.serverName`, or switch TLS on at both ends.",
      },
      ERR_CLIENT_CERT: {
        meaning: "The daemon wants a client certificate that its authority made.",
        remedy: "Give `tls.cert` and `tls.key`; `bunsen certs` makes some to try.",
      },
      ERR_HMAC_MISMATCH: {
        meaning: "A message is signed with another key.",
        remedy: "Use the same `hmacKey` at both ends.",
        thrownAs: ["SecurityError, never"],
      },
      ERR_HMAC_ASYMMETRIC: {
        meaning: "One end signs its messages, and the other does not.",
        remedy: "Give both ends the key, or neither.",
        thrownAs: ["SecurityError, never"],
      },
      ERR_CERTS: {
        meaning: "`bunsen certs` found part of an authority.",
        remedy: "Put the missing file back, or make all anew with `--force`.",
      },
      ERR_SECURITY: {
        meaning: "The peer refused for a reason of security.",
        remedy: "Its words are in the message.",
        thrownAs: ["SecurityError, never"],
      },
    },
  },
  {
    title: "What the peer sent",
    codes: {
      ERR_PYRO_TAG: {
        meaning: "The bytes are not of Pyro.",
        remedy: "`bunsen probe HOST:PORT` says what speaks there.",
      },
      ERR_PYRO_VERSION: {
        meaning: "Another version of Pyro's protocol.",
        remedy: "Bunsen speaks 48 (Pyro4) and 502 (Pyro5): bring Pyro up to date there.",
      },
      ERR_PYRO_TYPE: {
        meaning: "A type of message that does not exist.",
        remedy: "The peer is at fault.",
      },
      ERR_PYRO_CHECKSUM: {
        meaning: "The checksum of a Pyro4 header is wrong.",
        remedy: "The bytes were changed on the way, or are not of Pyro.",
      },
      ERR_PYRO_MAGIC: {
        meaning: "The end of a Pyro5 header is not where it should be.",
        remedy: "The bytes were changed on the way, or are not of Pyro.",
      },
      ERR_COMPRESSED: {
        meaning: "A compressed payload cannot be read.",
        remedy: "The peer is at fault.",
      },
      ERR_ANNOTATIONS: {
        meaning: "Annotations that contradict their lengths, or exceed `maxAnnotationsBytes`.",
        remedy: "Send less, or raise `maxAnnotationsBytes` at both ends.",
      },
      ERR_ANNOTATION_ID: {
        meaning: "The id of an annotation is not four ASCII characters.",
        remedy: 'Name it so: `"TEMP"`.',
      },
      ERR_MESSAGE_TOO_LARGE: {
        meaning: "A message is larger than `maxMessageBytes`. One of ours was not sent.",
        remedy: "Send it in parts, as a stream; or raise `maxMessageBytes` at both ends.",
      },
      ERR_UNEXPECTED_MESSAGE: {
        meaning: "A message that has no place at this moment.",
        remedy: "The peer is at fault.",
        thrownAs: ["ProtocolError, never"],
      },
      ERR_BAD_CALL: {
        meaning: "The payload of a request is no call.",
        remedy: "The peer is at fault.",
      },
      ERR_BAD_BATCH: {
        meaning: "The answer to a batch is no list.",
        remedy: "The peer is at fault.",
      },
      ERR_BAD_DESCRIPTION: {
        meaning: "What the peer tells of its object has the wrong shape.",
        remedy: "The peer is at fault.",
      },
      ERR_BAD_ANSWER: {
        meaning:
          "A name server, or a manager of MSL-Network, answered with something that cannot be read.",
        remedy:
          "Check what listens at that address; the message says what is wrong with the answer.",
      },
      ERR_PROTOCOL: {
        meaning: "The peer says that this side broke the protocol.",
        remedy: "Its words are in the message.",
        thrownAs: ["ProtocolError, never"],
      },
    },
  },
  {
    title: "Values",
    codes: {
      ERR_NOT_SERIALIZABLE: {
        meaning: "A value cannot be sent; the message has the path to it.",
        remedy:
          "Send plain data, or register a converter (`registerClass`); docs/values.md has what travels.",
      },
      ERR_BAD_PAYLOAD: {
        meaning: "What arrived cannot be made a value; the message has the place.",
        remedy: "Check that both ends use the serializer as they should; the peer may be at fault.",
      },
      ERR_BAD_REQUEST: {
        meaning: "A request to the gateway has a body that is not what it should be.",
        remedy: "The message has the shape that is expected; docs/gateway.md has all of them.",
      },
      ERR_TOO_DEEP: {
        meaning: "A value is nested more deeply than is read or written.",
        remedy: "Send it flatter: a list of records, say.",
      },
      ERR_SERIALIZER: {
        meaning: "A serializer that this side does not accept, or does not have.",
        remedy: "Choose one of `serializers`; pickle and its like are never among them.",
      },
      ERR_SERIALIZE: {
        meaning: "The peer cannot read what was sent, or cannot send its result.",
        remedy: "Its words are in the message; register the class there, or send plain data.",
        thrownAs: ["SerializeError, never"],
      },
      ERR_CLASS_NAME: {
        meaning: "A class converter has a name that Python refuses.",
        remedy: "Choose a name that is not empty and has no `__` in it.",
      },
      ERR_NDARRAY: {
        meaning: "An array whose shape, dtype and data do not fit each other.",
        remedy: "The message says which; docs/arrays.md has the types.",
      },
    },
  },
  {
    title: "Objects and their members",
    codes: {
      ERR_UNKNOWN_OBJECT: {
        meaning: "The daemon has no object of this id.",
        remedy: "Check the id; it may have been unregistered.",
      },
      ERR_UNKNOWN_MEMBER: {
        meaning: "The object exposes no such member; the message lists those it does.",
        remedy: "Check the spelling, or `expose` it.",
      },
      ERR_PRIVATE_MEMBER: {
        meaning: "Names that begin with `_` are never reachable.",
        remedy: "Give the member another name.",
      },
      ERR_NOT_A_METHOD: {
        meaning: "An attribute was called.",
        remedy: "Read it: `await proxy.name`.",
      },
      ERR_NOT_AN_ATTRIBUTE: { meaning: "A method was read or set.", remedy: "Call it." },
      ERR_READONLY: {
        meaning: "An attribute cannot be set.",
        remedy: "Give it a setter, or leave `readonly` out of `expose`.",
      },
      ERR_USE_ASSIGN: {
        meaning: "A remote attribute was set by `=`, which could not report an error.",
        remedy: "`await assign(proxy, { name: value })`.",
      },
      ERR_MEMBER: {
        meaning: "The peer says that a member is missing or not exposed.",
        remedy: "`bunsen describe URI` lists what there is.",
        thrownAs: ["MemberError, never"],
      },
      ERR_BAD_EXPOSE: {
        meaning: "`expose` was asked for something that does not fit the member or the class.",
        remedy: "The message names the member and the option.",
      },
      ERR_NO_SUCH_MEMBER: {
        meaning: "`expose` names a member that the class does not have.",
        remedy: "Correct the spelling, or set the field in the class.",
      },
      ERR_PRIVATE_NAME: {
        meaning: "`expose` names a member that begins with `_`.",
        remedy: "Give it another name, or leave it private.",
      },
      ERR_RESERVED_NAME: {
        meaning:
          "`expose` names something that every object or promise has, such as `constructor` or `then`.",
        remedy: "Give the member another name.",
      },
      ERR_NOTHING_EXPOSED: {
        meaning: "An object is to be served that exposes nothing.",
        remedy: "Call `expose` on its class, or register it with `{ expose: … }`.",
      },
      ERR_ALREADY_REGISTERED: {
        meaning: "This very object is registered under another id.",
        remedy: "Unregister it first, or use the id that it has.",
      },
      ERR_ID_TAKEN: {
        meaning: "Another object has this id.",
        remedy: "Choose another, or unregister the other object.",
      },
      ERR_NOT_LISTENING: {
        meaning: "The daemon listens nowhere that the URI could name.",
        remedy: "Await `daemon.listen(…)` first.",
      },
      ERR_DAEMON: {
        meaning: "The peer's daemon refused.",
        remedy: "Its words are in the message.",
        thrownAs: ["DaemonError, never"],
      },
    },
  },
  {
    title: "Calls",
    codes: {
      ERR_REMOTE: {
        meaning:
          "The remote code threw. `error.type`, `error.remote.args` and the remote traceback tell what.",
        remedy: "As the remote code has it; known Python exceptions have classes of their own.",
        thrownAs: ["RemoteError, never"],
      },
      ERR_PYRO: {
        meaning: "The peer threw Python's `PyroError`.",
        remedy: "Its words are in the message.",
        thrownAs: ["BunsenError, never"],
      },
      ERR_NO_CALL: {
        meaning: "`callContext()` outside a call.",
        remedy: "Use it in a method that a daemon runs, and in what that method awaits.",
      },
      ERR_NOT_CONNECTED: {
        meaning: "`describe` of a proxy that never had a connection.",
        remedy: "Await `connect`, or a first call.",
      },
      ERR_TOO_MANY_CALLS: {
        meaning: "More calls wait than a connection, or an object, can take.",
        remedy: "Wait for some of them.",
      },
      ERR_BUSY: {
        meaning: "The object takes one call at a time (`serial`), and its queue is full.",
        remedy: "Try again later, or give it a longer `queue`.",
      },
      ERR_BATCH_ATTRIBUTE: {
        meaning: "A batch carries method calls only.",
        remedy: "Read or set the attribute outside it.",
      },
      ERR_BATCH_STOPPED: {
        meaning: "An earlier call of the batch failed; this one was not run.",
        remedy: "See the earlier call's error.",
      },
      ERR_BATCH_STREAM: {
        meaning: "A method that streams was called in a batch.",
        remedy: "Call it outside the batch.",
      },
    },
  },
  {
    title: "Streams and callbacks",
    codes: {
      ERR_STREAM_GONE: {
        meaning:
          "The daemon no longer has the stream: it lingered too long without a connection, or lived too long.",
        remedy: "Call the method again; see `streamLingerMs` and `streamLifetimeMs`.",
      },
      ERR_NO_STREAMS: {
        meaning: "The dialect carries no streams.",
        remedy: "Return a list, or call the object by Pyro.",
      },
      ERR_STREAM_OVERRUN: {
        meaning: "The peer pushed more items than it was granted.",
        remedy: "The peer is at fault.",
      },
      ERR_STREAMING_OFF: {
        meaning: "The method returned an iterator, and the Python daemon has ITER_STREAMING off.",
        remedy: "Switch it on there, or return a list.",
      },
      ERR_STREAM: {
        meaning: "How Pyro says that a result is a stream; a caller of Bunsen gets the stream.",
        remedy: "None needed.",
      },
      ERR_TOO_MANY_STREAMS: {
        meaning:
          "As many streams are open as `maxStreams` (or, of one connection, `maxConcurrentCalls`) allows.",
        remedy: "End those that are not needed, or raise the limit.",
      },
      ERR_CALLBACK: {
        meaning: "A `cb_info` names a method to call back, and no object that could have it.",
        remedy: "Send a proxy, or the URI, of an object of the client as `cb_handler`.",
      },
      ERR_CALLBACK_LOST: {
        meaning: "The connection by which a callback came is gone, and so is the callback.",
        remedy: "Have it passed again.",
      },
      ERR_CALLBACK_RELEASED: {
        meaning: "The callback was released by its owner.",
        remedy: "Have it passed again.",
      },
      ERR_TOO_MANY_CALLBACKS: {
        meaning: "As many callbacks are held as `maxCallbacks` allows.",
        remedy: "`release` those that are not needed, or raise the limit.",
      },
    },
  },
  {
    title: "Names",
    codes: {
      ERR_NO_NAME_SERVER: {
        meaning:
          "No name server was found, or the one there cannot be used; `error.cause` has the reason.",
        remedy:
          "Start one (`bunsen ns`), or say where it is: `PYRONAME:name@host:port`, NS_HOST, `nameServer`.",
      },
      ERR_NAME_UNKNOWN: {
        meaning: "The name server has no such name, or nothing with these tags.",
        remedy: "`bunsen names list` shows those it has; `waitForNameMs` waits.",
      },
      ERR_NAME_TAKEN: {
        meaning: "The name stands for something, and `safe` was asked for.",
        remedy: "Choose another name, remove it first, or register without `safe`.",
      },
      ERR_NAME_LOOP: {
        meaning: "Names lead to names, and never to an object.",
        remedy: "Register one of them with the object's `PYRO:` address.",
      },
      ERR_NAME_LIMIT: {
        meaning: "Too many names, tags or watchers, or too long ones.",
        remedy: "The message names the limit; docs/names.md has them all.",
      },
      ERR_NO_STATISTICS: {
        meaning: "The name server is one of Python, which counts nothing but its names.",
        remedy: "Use `names.count()`, or run a name server of Bunsen: `bunsen ns`.",
      },
      ERR_NAME_STORE: {
        meaning: "The file that keeps the names cannot be used.",
        remedy: "Check the path and its permissions; the message has the reason.",
      },
      ERR_BAD_REGEX: {
        meaning: "A regular expression that cannot be read, or takes too long.",
        remedy: "Write it in Python's syntax, and simpler.",
      },
      ERR_BROADCAST: {
        meaning: "Broadcasts cannot be answered there: the UDP port is taken.",
        remedy: "Choose another with `broadcastPort`, or false for none.",
      },
      ERR_NAMING: {
        meaning: "The name server refused.",
        remedy: "Its words are in the message.",
        thrownAs: ["NamingError, never"],
      },
    },
  },
  {
    title: "Files",
    codes: {
      ERR_BAD_FILE_NAME: {
        meaning: "The name leads out of the folder that is served, or is none of a file.",
        remedy: "Name a file below the folder: `2026/scan.tiff`.",
      },
      ERR_BAD_OFFSET: {
        meaning: "The place to go on from is not in the data.",
        remedy: "Begin anew, from 0.",
      },
      ERR_READ_ONLY: {
        meaning: "Files can only be read there.",
        remedy: "Serve the folder with `{ writable: true }`, if that is meant.",
      },
      ERR_FILE_INCOMPLETE: {
        meaning: "The transfer ended before the file was whole; what came is kept.",
        remedy: "Go on with `--resume`.",
      },
      ERR_FILE_CHANGED: {
        meaning: "The file did not come as it is at the other end; what came was removed.",
        remedy: "Send it anew from its beginning.",
      },
      ERR_NO_BYTES: {
        meaning: "The member that `bunsen get` asked for gives no bytes.",
        remedy: "`bunsen call` prints what it gives.",
      },
    },
  },
  {
    title: "Tunnels",
    codes: {
      ERR_SSH: {
        meaning: "OpenSSH failed in a way that is not known here; its words are in the message.",
        remedy: "Try the command of the message in a terminal.",
      },
      ERR_SSH_CONNECT: {
        meaning: "The SSH server cannot be reached.",
        remedy: "Check the host's name, and that it is up.",
        thrownAs: ["CommunicationError, later"],
      },
      ERR_SSH_LOGIN: {
        meaning: "The SSH server does not let this user in.",
        remedy: "Add a key with ssh-add, name it as `identityFile`, or pass a password.",
        thrownAs: ["SecurityError, never"],
      },
      ERR_SSH_HOST_KEY_UNKNOWN: {
        meaning: "The SSH server's key is not known yet.",
        remedy: "Log in once with ssh in a terminal, compare the fingerprint, and accept it.",
        thrownAs: ["SecurityError, never"],
      },
      ERR_SSH_HOST_KEY_CHANGED: {
        meaning:
          "The SSH server has another key than it used to have: it was set up anew, or somebody is in between.",
        remedy: "Ask its administrator; only then remove the old key (ssh-keygen -R).",
        thrownAs: ["SecurityError, never"],
      },
      ERR_SSH_CONFIG: {
        meaning: "The OpenSSH configuration cannot be read.",
        remedy: "Put it right; ssh in a terminal shows the same.",
        thrownAs: ["BunsenError, never"],
      },
      ERR_SSH_MISSING: {
        meaning: "There is no OpenSSH client here.",
        remedy: "Install it (Debian and Ubuntu: apt-get install openssh-client).",
        thrownAs: ["BunsenError, never"],
      },
      ERR_SSH_TIMEOUT: {
        meaning: "OpenSSH did not do what it was asked in time.",
        remedy: "Check the network, or raise `connectTimeoutMs`.",
      },
      ERR_BAD_SSH_HOST: {
        meaning: "The value is no SSH host.",
        remedy: 'Write `"ssh://user@host:port"`, or the fields that the message names.',
      },
      ERR_SSH_HOSTS: {
        meaning: "A map of SSH hosts cannot be read.",
        remedy: "The message names the file and the entry.",
      },
      ERR_TUNNEL_LOST: {
        meaning: "The tunnel broke; what was under way may have run.",
        remedy: "The next call opens it again; call again where running twice does no harm.",
      },
      ERR_FORWARD_REFUSED: {
        meaning: "The SSH server does not forward that port.",
        remedy: "Check AllowTcpForwarding there, and that something listens at the far end.",
      },
      ERR_PORT_IN_USE: {
        meaning: "The port that a forward should have is taken.",
        remedy: "Choose another, or 0 for a free one.",
      },
    },
  },
  {
    title: "MSL-Network",
    codes: {
      ERR_REJECTED: {
        meaning:
          "The manager turned somebody away: a wrong password, an unknown host, a name that is taken.",
        remedy: "Its words are in the message.",
      },
      ERR_LOGIN: {
        meaning: "The manager asks who this is, and nothing was given to answer.",
        remedy: "Pass the option that the message names.",
      },
      ERR_NOT_MSL: {
        meaning:
          "What answers there is no MSL-Network manager, or it has TLS and the caller has not.",
        remedy: "Check the address; leave `tls` out where the manager has TLS.",
      },
      ERR_UNKNOWN_SERVICE: {
        meaning: "No service of this name is connected to the manager.",
        remedy: "Start it, or check the name: `bunsen msl identities HOST`.",
      },
      ERR_CERT_UNKNOWN: {
        meaning: "The manager's certificate is not known here.",
        remedy: "Copy it from the manager, or give it as `certFile`.",
      },
      ERR_CERT_CHANGED: {
        meaning: "The manager shows another certificate than the one that is trusted.",
        remedy: "Compare the fingerprint with the manager's own; only then replace the file.",
      },
      ERR_CERT_NAME: {
        meaning: "The manager's certificate is for another name.",
        remedy: "Connect by a name that it has, or say `serverName`.",
      },
      ERR_CERT_DATE: {
        meaning: "The manager's certificate is not valid today.",
        remedy: "Renew it, or put the clocks right.",
      },
      ERR_CERT_FILE: {
        meaning: "A file that should hold a certificate cannot be read.",
        remedy: "Check that it is a PEM file.",
      },
      ERR_MANAGER_START: {
        meaning:
          "The command that should start a manager on another host failed; its output is in the message.",
        remedy: "Run the command on that host, and see.",
      },
      ERR_MANAGER_TIMEOUT: {
        meaning: "The command on another host said nothing of a manager in time, and was ended.",
        remedy: "Run it on that host, and see; or give it more time.",
      },
      ERR_MANAGER_PORT_IN_USE: {
        meaning: "The port of the manager that should be started is taken on that host.",
        remedy: "Choose another port, or end what has it: the message says what runs there.",
      },
      ERR_START_OPTIONS: {
        meaning: "A service that was started from afar cannot read the options that it was given.",
        remedy: "Pass plain data as options.",
      },
      ERR_SLOW_PEER: {
        meaning: "A peer takes its messages too slowly, and too many wait for it.",
        remedy: "Find out what keeps it.",
      },
      ERR_MEMORY: {
        meaning: "The manager holds too much for its peers; the one it held most for had to go.",
        remedy: "Find out what keeps that peer from reading.",
      },
      ERR_USER: {
        meaning: "A user cannot be added, changed or found.",
        remedy: "The message says why.",
      },
      ERR_HOST_NAME: {
        meaning: "A host is not among those that are trusted, or is already.",
        remedy: "`bunsen manager hostnames list` shows them.",
      },
      ERR_KEY: {
        meaning: "A private key cannot be read or used.",
        remedy: "Check the file and its password.",
      },
      ERR_FILE: {
        meaning: "A file cannot be read or written.",
        remedy: "The message has path and reason.",
      },
      ERR_DATABASE: {
        meaning: "The manager's database cannot be used.",
        remedy:
          "The message has the reason: locked by another program, a full disk, no permission.",
      },
    },
  },
  {
    title: "PyProximity",
    codes: {
      ERR_BAD_REQUEST: {
        meaning: "What a client sent is no PyProximity request.",
        remedy: "Send one frame with a map of `name`, `proc`, `args` and `kwargs`.",
      },
      ERR_NO_WORKER: {
        meaning:
          "The broker of PyProximity knows no worker of that name, or the worker fell silent.",
        remedy: "Start the worker; `retry` of the error says whether the call may have run.",
      },
      ERR_REMOTE_ENCODING: {
        meaning: "The method ran, and its server could not write the result.",
        remedy: "Let the method return plain values: numbers, text, lists and maps.",
      },
      ERR_MISSING_PACKAGE: {
        meaning: "A dialect needs a package that is not installed.",
        remedy: "Install the package that the message names.",
      },
    },
  },
  {
    title: "Live models",
    codes: {
      ERR_CHANGE_REFUSED: {
        meaning:
          "The policy of a live model does not let this caller do that; the message has the reason.",
        remedy: "Call `addController()` on the same connection first, or what the reason says.",
      },
      ERR_CONTROLLER_MISMATCH: {
        meaning:
          "A controller was named as an argument, and the connection is not that controller's.",
        remedy: "Leave the name out, or register this connection with it: `addController(name)`.",
      },
      ERR_IDENTITY_TAKEN: {
        meaning: "Another connection is registered under this name, which nothing proves.",
        remedy: "Choose another name, or prove it with a key.",
      },
      ERR_NOT_CHANGEABLE: {
        meaning: "`doModify` or `modify` named a key that the model does not let anybody set.",
        remedy: "Set one that the message lists, or add it to `changeable`.",
      },
      ERR_CHANGE_IN_CHANGE: {
        meaning: "A change asked for another one, which would have to wait for it.",
        remedy: "Change the state in the one, or begin the other when it is done.",
      },
      ERR_BAD_VIEWER: {
        meaning: "What was given as a viewer is no proxy and no URI.",
        remedy: "Pass an object that is registered with a daemon, or its URI.",
      },
      ERR_VIEWER_REMOVED: {
        meaning: "A viewer was being called when it was taken off the list.",
        remedy: "Nothing: it is what ends that call.",
      },
      ERR_MODEL_FULL: {
        meaning: "As many viewers or controllers are registered as the model takes.",
        remedy: "Try again later, or raise `maxViewers` or `maxControllers`.",
      },
      ERR_BAD_MODEL: {
        meaning: "A method of a model has the name of something that every model has.",
        remedy: "Choose another name.",
      },
    },
  },
];
