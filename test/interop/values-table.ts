import type { SerializerName } from "../../src/serializers/index.ts";

/**
 * What each value becomes on the other side: the data of docs/values.md, and of the tests that prove it against real
 * Python. TypeScript values are written as `support/notation.ts` does, Python's as `repr`.
 *
 * `✗` begins what the caller is told where a value is refused: the error's class, as Python names it, and its message.
 * There `x` stands for the place of the value (`args[0]`, `result`), and a message that ends in `…` goes on.
 */
export interface Group {
  readonly title: string;
  readonly rows: readonly Row[];
}

export interface Row {
  /** The expression, in the language that sends. */
  readonly sent: string;
  readonly arrives: Readonly<Record<SerializerName, Cell>>;
  /** At another Bunsen peer, in its richer msgpack. Only TypeScript has it. */
  readonly bunsen?: Cell;
}

/** What arrives, or where that depends on who sends and how. */
export type Cell = string | Exceptions;

export interface Exceptions {
  /** What arrives where none of the others holds. */
  readonly is: string;
  /** Where the value is an argument; otherwise it is a result. */
  readonly argument?: string;
  /** Where the Python side is Pyro4. */
  readonly pyro4?: string;
  /** Where both hold. */
  readonly pyro4Argument?: string;
}

/** The cell of one case. */
export function cellText(cell: Cell, generation: 4 | 5, kind: "argument" | "result"): string {
  if (typeof cell === "string") return cell;
  const { is, argument, pyro4, pyro4Argument } = cell;
  const ofArgument = kind === "argument" ? argument : undefined;
  if (generation === 5) return ofArgument ?? is;
  return (kind === "argument" ? pyro4Argument : undefined) ?? pyro4 ?? ofArgument ?? is;
}

const unless = (is: string, exceptions: Omit<Exceptions, "is">): Cell => ({ is, ...exceptions });

/** A row with the same cell for every serializer. */
function same(sent: string, cell: Cell, bunsen?: Cell): Row {
  return each(sent, cell, cell, cell, cell, bunsen);
}

function each(
  sent: string,
  ...[serpent, json, marshal, msgpack, bunsen]: [Cell, Cell, Cell, Cell, Cell?]
): Row {
  const arrives = { serpent, json, marshal, msgpack };
  return bunsen === undefined ? { sent, arrives } : { sent, arrives, bunsen };
}

const UNKNOWN = "✗ SerializeError: don't know how to serialize…";
const SERPENT_UNKNOWN = "✗ TypeError: don't know how to serialize…";
const UNMARSHALLABLE = "✗ ValueError: unmarshallable object";
const UNKNOWN_CLASS = "✗ SerializeError: unsupported serialized class: lab.Unknown";

/** Python has what the expression makes; TypeScript gets what stands under the serializer. */
export const FROM_PYTHON: readonly Group[] = [
  {
    title: "Nothing, truth and numbers",
    rows: [
      same("None", "null"),
      same("True", "true"),
      same("3", "3"),
      same("3.0", "3"),
      same("0.5", "0.5"),
      same("-0.0", "-0"),
      same("nan", "NaN"),
      same("inf", "Infinity"),
      same("2**53 - 1", "9007199254740991"),
      same("2**53", "9007199254740992n"),
      same("-2**63", "-9223372036854775808n"),
      same("2**64", "18446744073709551616n"),
      same("2**100", "1267650600228229401496703205376n"),
      each("1+2j", "new Complex(1, 2)", UNKNOWN, "new Complex(1, 2)", "new Complex(1, 2)"),
      each("Decimal('1.50')", '"1.50"', '"1.50"', UNKNOWN, '"1.50"'),
      each(
        "Fraction(1, 3)",
        '{ _numerator: 1, _denominator: 3, __class__: "fractions.Fraction" }',
        '{ _numerator: 1, _denominator: 3, __class__: "fractions.Fraction" }',
        '{ _numerator: 1, _denominator: 3, __class__: "fractions.Fraction" }',
        "✗ SerializeError: msgpack, byte …",
      ),
      each(
        "Color.RED",
        '"red"',
        unless(UNKNOWN, { pyro4: "✗ TypeError: unbound method…" }),
        UNMARSHALLABLE,
        unless(UNKNOWN, { pyro4: "✗ TypeError: unbound method…" }),
      ),
      each("Level.HIGH", "3", "3", UNMARSHALLABLE, "3"),
      each("Whole(3)", '{ __class__: "lab.Whole" }', "3", UNMARSHALLABLE, "3"),
    ],
  },
  {
    title: "Text and bytes",
    rows: [
      same("'text'", '"text"'),
      same("''", '""'),
      same("'é😀'", '"é😀"'),
      each(
        "'\\ud800'",
        '"\\ud800"',
        unless("✗ PyroError: Error serializing exception: 'utf-8' codec can't encode…", {
          argument: "✗ UnicodeEncodeError: 'utf-8' codec can't encode…",
        }),
        '"\\ud800"',
        unless("✗ PyroError: Error serializing exception: 'utf-8' codec can't encode…", {
          argument: "✗ UnicodeEncodeError: 'utf-8' codec can't encode…",
        }),
      ),
      each("Text('text')", '{ __class__: "lab.Text" }', '"text"', UNMARSHALLABLE, '"text"'),
      same("UUID(int=1)", '"00000000-0000-0000-0000-000000000001"'),
      each(
        "b'\\x00\\xff'",
        "Uint8Array.of(0, 255)",
        UNKNOWN,
        "Uint8Array.of(0, 255)",
        "Uint8Array.of(0, 255)",
      ),
      each("b''", "Uint8Array.of()", UNKNOWN, "Uint8Array.of()", "Uint8Array.of()"),
      each(
        "bytearray(b'ab')",
        "Uint8Array.of(97, 98)",
        UNKNOWN,
        "Uint8Array.of(97, 98)",
        "Uint8Array.of(97, 98)",
      ),
      each("memoryview(b'ab')", "Uint8Array.of(97, 98)", UNKNOWN, UNKNOWN, "Uint8Array.of(97, 98)"),
    ],
  },
  {
    title: "Lists, tuples and sets",
    rows: [
      same("[1, 'a']", '[1, "a"]'),
      same("[]", "[]"),
      each("(1, 'a')", 'tuple(1, "a")', '[1, "a"]', 'tuple(1, "a")', '[1, "a"]'),
      each("()", "tuple()", "[]", "tuple()", "[]"),
      each(
        "[(1,), {'b': (2,)}]",
        "[tuple(1), { b: tuple(2) }]",
        "[[1], { b: [2] }]",
        "[tuple(1), { b: tuple(2) }]",
        "[[1], { b: [2] }]",
      ),
      each("Reading(1, 20.5)", "tuple(1, 20.5)", "[1, 20.5]", UNMARSHALLABLE, "[1, 20.5]"),
      each("deque([1, 2])", "[1, 2]", UNKNOWN, UNKNOWN, UNKNOWN),
      each("range(2)", SERPENT_UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
      each(
        "(i for i in [1, 2])",
        unless("AsyncIterable", { argument: SERPENT_UNKNOWN }),
        unless("AsyncIterable", { argument: UNKNOWN }),
        unless("AsyncIterable", { argument: UNKNOWN }),
        unless("AsyncIterable", { argument: UNKNOWN }),
      ),
      same("array('i', [1, 2])", "[1, 2]"),
      same("array('d', [1, 0.5])", "[1, 0.5]"),
      same("array('B', [1, 2])", "[1, 2]"),
      same("array('u', 'ab')", '"ab"'),
      each("{1}", "new Set([1])", "[1]", "new Set([1])", "[1]"),
      each("set()", "tuple()", "[]", "new Set()", "[]"),
      each("frozenset({1})", "new Set([1])", UNKNOWN, "new FrozenSet([1])", UNKNOWN),
      each("frozenset()", "tuple()", UNKNOWN, "new FrozenSet()", UNKNOWN),
      each("{(1, 2)}", "new Set([tuple(1, 2)])", "[[1, 2]]", "new Set([tuple(1, 2)])", "[[1, 2]]"),
    ],
  },
  {
    title: "Dicts",
    rows: [
      same("{'a': 1}", "{ a: 1 }"),
      same("{}", "{}"),
      each(
        "{1: 'a'}",
        'new Map([[1, "a"]])',
        '{ "1": "a" }',
        'new Map([[1, "a"]])',
        'new Map([[1, "a"]])',
      ),
      each(
        "{1.5: 'a'}",
        'new Map([[1.5, "a"]])',
        '{ "1.5": "a" }',
        'new Map([[1.5, "a"]])',
        'new Map([[1.5, "a"]])',
      ),
      each(
        "{True: 'a'}",
        'new Map([[true, "a"]])',
        '{ true: "a" }',
        'new Map([[true, "a"]])',
        'new Map([[true, "a"]])',
      ),
      each(
        "{None: 'a'}",
        "✗ TypeError: one of the keys in a dict or set is not…",
        '{ null: "a" }',
        'new Map([[null, "a"]])',
        'new Map([[null, "a"]])',
      ),
      each(
        "{(1, 2): 'a'}",
        'new Map([[tuple(1, 2), "a"]])',
        "✗ TypeError: keys must be str…",
        'new Map([[tuple(1, 2), "a"]])',
        "✗ SerializeError: msgpack, byte …",
      ),
      each(
        "{b'k': 'a'}",
        "✗ SerializeError: serpent: expected a dict key or set member…",
        "✗ TypeError: keys must be str…",
        'new Map([[Uint8Array.of(107), "a"]])',
        'new Map([[Uint8Array.of(107), "a"]])',
      ),
      each(
        "{'a': 1, 2: 'b'}",
        'new Map([["a", 1], [2, "b"]])',
        '{ "2": "b", a: 1 }',
        'new Map([["a", 1], [2, "b"]])',
        'new Map([["a", 1], [2, "b"]])',
      ),
      same("{'__proto__': 1}", '{ "__proto__": 1 }'),
      each(
        "OrderedDict(a=1)",
        '{ __class__: "collections.OrderedDict", items: [tuple("a", 1)] }',
        "{ a: 1 }",
        UNMARSHALLABLE,
        "{ a: 1 }",
      ),
      each("defaultdict(list, a=[1])", "{ a: [1] }", "{ a: [1] }", UNMARSHALLABLE, "{ a: [1] }"),
      each("Counter('aa')", "{ a: 2 }", "{ a: 2 }", UNMARSHALLABLE, "{ a: 2 }"),
      each("{'a': 1}.keys()", '["a"]', UNKNOWN, UNKNOWN, UNKNOWN),
    ],
  },
  {
    title: "Dates and times",
    rows: [
      each(
        "datetime(2024, 2, 29, 12, 30)",
        '"2024-02-29T12:30:00"',
        '"2024-02-29T12:30:00"',
        UNKNOWN,
        'new Date("2024-02-29T03:30:00.000Z")',
      ),
      each(
        "datetime(2024, 2, 29, 12, 30, 0, 123456)",
        '"2024-02-29T12:30:00.123456"',
        '"2024-02-29T12:30:00.123456"',
        UNKNOWN,
        'new Date("2024-02-29T03:30:00.123Z")',
      ),
      each(
        "datetime(2024, 2, 29, 12, 30, tzinfo=timezone.utc)",
        '"2024-02-29T12:30:00+00:00"',
        '"2024-02-29T12:30:00+00:00"',
        UNKNOWN,
        "✗ SerializeError: msgpack cannot serialize datetime with timezone info",
      ),
      each(
        "datetime(2024, 2, 29, 12, 30, tzinfo=timezone(timedelta(hours=9)))",
        '"2024-02-29T12:30:00+09:00"',
        '"2024-02-29T12:30:00+09:00"',
        UNKNOWN,
        "✗ SerializeError: msgpack cannot serialize datetime with timezone info",
      ),
      each(
        "date(2024, 2, 29)",
        '"2024-02-29"',
        '"2024-02-29"',
        UNKNOWN,
        "new PlainDate(2024, 2, 29)",
      ),
      each("time(12, 30)", '"12:30:00"', UNKNOWN, UNKNOWN, UNKNOWN),
      each("timedelta(seconds=90)", "90", UNKNOWN, UNKNOWN, UNKNOWN),
      each(
        "[date(2024, 2, 29)]",
        '["2024-02-29"]',
        '["2024-02-29"]',
        UNMARSHALLABLE,
        "[new PlainDate(2024, 2, 29)]",
      ),
    ],
  },
  {
    title: "Errors, references and instances",
    rows: [
      same("ValueError('no', 1)", 'new RemoteValueError("builtins.ValueError", ["no", 1])'),
      same("InstrumentError('no', 3)", 'new RemoteError("lab.InstrumentError", ["no", 3])'),
      each(
        "[ValueError('no')]",
        '[new RemoteValueError("builtins.ValueError", ["no"])]',
        '[new RemoteValueError("builtins.ValueError", ["no"])]',
        UNMARSHALLABLE,
        '[new RemoteValueError("builtins.ValueError", ["no"])]',
      ),
      same("URI('PYRO:laser@host:9999')", 'parseUri("PYRO:laser@host:9999")'),
      each(
        "[URI('PYRO:laser@host:9999')]",
        '[parseUri("PYRO:laser@host:9999")]',
        '[parseUri("PYRO:laser@host:9999")]',
        UNMARSHALLABLE,
        '[parseUri("PYRO:laser@host:9999")]',
      ),
      same("Proxy('PYRO:laser@host:9999')", "Remote<PYRO:laser@host:9999>"),
      each(
        "[Proxy('PYRO:laser@host:9999')]",
        "[Remote<PYRO:laser@host:9999>]",
        "[Remote<PYRO:laser@host:9999>]",
        UNMARSHALLABLE,
        "[Remote<PYRO:laser@host:9999>]",
      ),
      same("Point(1, 2)", "Point { x: 1, y: 2 }"),
      each(
        "[Point(1, 2)]",
        "[Point { x: 1, y: 2 }]",
        "[Point { x: 1, y: 2 }]",
        UNMARSHALLABLE,
        "[Point { x: 1, y: 2 }]",
      ),
      each(
        "Sample(1, 20.5)",
        '{ channel: 1, celsius: 20.5, __class__: "lab.Sample" }',
        unless('{ channel: 1, celsius: 20.5, __class__: "lab.Sample" }', {
          pyro4: "{ channel: 1, celsius: 20.5 }",
        }),
        unless('{ channel: 1, celsius: 20.5, __class__: "lab.Sample" }', {
          pyro4: "{ channel: 1, celsius: 20.5 }",
        }),
        unless('{ channel: 1, celsius: 20.5, __class__: "lab.Sample" }', {
          pyro4: "{ channel: 1, celsius: 20.5 }",
        }),
      ),
      same("Slotted(1)", '{ x: 1, __class__: "lab.Slotted" }'),
    ],
  },
  {
    title: "The rest",
    rows: [
      each("...", SERPENT_UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
      each("len", SERPENT_UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
      same("lambda: 1", '{ __class__: "builtins.function" }'),
      each(
        "Point",
        SERPENT_UNKNOWN,
        unless(UNKNOWN, { pyro4: "✗ TypeError: unbound method…" }),
        unless(UNMARSHALLABLE, { pyro4: "✗ TypeError: unbound method…" }),
        unless(UNKNOWN, { pyro4: "✗ TypeError: unbound method…" }),
      ),
      each("object()", SERPENT_UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    ],
  },
];

/** TypeScript has what the expression makes; Python gets what stands under the serializer, a Bunsen peer what comes last. */
export const FROM_TYPESCRIPT: readonly Group[] = [
  {
    title: "Nothing, truth and numbers",
    rows: [
      same("null", "None", "null"),
      same("undefined", "None", "null"),
      same("true", "True", "true"),
      same("3", "3", "3"),
      same("float(3)", "3.0", "3"),
      same("0.5", "0.5", "0.5"),
      same("-0", "-0.0", "-0"),
      same("NaN", "nan", "NaN"),
      same("Infinity", "inf", "Infinity"),
      same("2 ** 53 - 1", "9007199254740991", "9007199254740991"),
      same("2 ** 53", "9007199254740992.0", "9007199254740992"),
      same("3n", "3", "3"),
      same("2n ** 53n", "9007199254740992", "9007199254740992n"),
      each(
        "2n ** 64n",
        "18446744073709551616",
        "18446744073709551616",
        "18446744073709551616",
        unless("18446744073709551616", {
          pyro4Argument: "ExtType(code=49, …",
        }),
        "18446744073709551616n",
      ),
      each(
        "-(2n ** 100n)",
        "-1267650600228229401496703205376",
        "-1267650600228229401496703205376",
        "-1267650600228229401496703205376",
        unless("-1267650600228229401496703205376", {
          pyro4Argument: "ExtType(code=49, …",
        }),
        "-1267650600228229401496703205376n",
      ),
      each(
        "10n ** 4300n",
        "✗ SerializeError: x: an integer of more than 4300 digits…",
        "✗ SerializeError: x: an integer of more than 4300 digits…",
        "int of 14285 bits",
        "✗ SerializeError: x: an integer of more than 4300 digits…",
        "✗ SerializeError: x: an integer of more than 4300 digits…",
      ),
      each(
        "new Complex(1, 2)",
        "(1+2j)",
        "✗ SerializeError: x: a complex number cannot be sent by json",
        "(1+2j)",
        unless("(1+2j)", {
          pyro4Argument: "ExtType(code=48, …",
        }),
        "new Complex(1, 2)",
      ),
    ],
  },
  {
    title: "Text and bytes",
    rows: [
      same('"text"', "'text'", '"text"'),
      same('""', "''", '""'),
      same('"é😀"', "'é😀'", '"é😀"'),
      each(
        '"\\ud800"',
        "'\\ud800'",
        "✗ SerializeError: x: text with a lone surrogate cannot be sent by json",
        "'\\ud800'",
        "✗ SerializeError: x: text with a lone surrogate cannot be sent",
        "✗ SerializeError: x: text with a lone surrogate cannot be sent",
      ),
      each(
        "Uint8Array.of(0, 255)",
        "{'data': 'AP8=', 'encoding': 'base64'}",
        "{'data': 'AP8=', 'encoding': 'base64'}",
        "b'\\x00\\xff'",
        "b'\\x00\\xff'",
        "Uint8Array.of(0, 255)",
      ),
      each(
        "new Uint8Array()",
        "{'data': '', 'encoding': 'base64'}",
        "{'data': '', 'encoding': 'base64'}",
        "b''",
        "b''",
        "Uint8Array.of()",
      ),
      each(
        'Buffer.from("ab")',
        "{'data': 'YWI=', 'encoding': 'base64'}",
        "{'data': 'YWI=', 'encoding': 'base64'}",
        "b'ab'",
        "b'ab'",
        "Uint8Array.of(97, 98)",
      ),
      each(
        "new ArrayBuffer(2)",
        "{'data': 'AAA=', 'encoding': 'base64'}",
        "{'data': 'AAA=', 'encoding': 'base64'}",
        "b'\\x00\\x00'",
        "b'\\x00\\x00'",
        "Uint8Array.of(0, 0)",
      ),
      each(
        "Uint8ClampedArray.of(1)",
        "{'data': 'AQ==', 'encoding': 'base64'}",
        "{'data': 'AQ==', 'encoding': 'base64'}",
        "b'\\x01'",
        "b'\\x01'",
        "Uint8Array.of(1)",
      ),
      each(
        "new DataView(new ArrayBuffer(1))",
        "{'data': 'AA==', 'encoding': 'base64'}",
        "{'data': 'AA==', 'encoding': 'base64'}",
        "b'\\x00'",
        "b'\\x00'",
        "Uint8Array.of(0)",
      ),
    ],
  },
  {
    title: "Lists, tuples, sets and typed arrays",
    rows: [
      same('[1, "a"]', "[1, 'a']", '[1, "a"]'),
      same("[]", "[]", "[]"),
      same("[1, , undefined]", "[1, None, None]", "[1, null, null]"),
      each('tuple(1, "a")', "(1, 'a')", "[1, 'a']", "(1, 'a')", "[1, 'a']", 'tuple(1, "a")'),
      each("tuple()", "()", "[]", "()", "[]", "tuple()"),
      each("[tuple(1)]", "[(1,)]", "[[1]]", "[(1,)]", "[[1]]", "[tuple(1)]"),
      each("new Set([1])", "{1}", "[1]", "{1}", "[1]", "new Set([1])"),
      each("new Set()", "()", "[]", "set()", "[]", "new Set()"),
      each("new FrozenSet([1])", "{1}", "[1]", "frozenset({1})", "[1]", "new FrozenSet([1])"),
      each(
        "new Set([tuple(1, 2)])",
        "{(1, 2)}",
        "[[1, 2]]",
        "{(1, 2)}",
        "[[1, 2]]",
        "new Set([tuple(1, 2)])",
      ),
      each(
        "new Set([[1]])",
        "✗ SerializeError: x.values()[0]: a list cannot be a dict key or set member in serpent",
        "[[1]]",
        "✗ SerializeError: x.values()[0]: in Python, a set cannot hold a list; use a Tuple or a FrozenSet",
        "[[1]]",
        "new Set([[1]])",
      ),
      same("Int32Array.of(1, -2)", "[1, -2]", "Int32Array.of(1, -2)"),
      same("Float64Array.of(1, 0.5)", "[1.0, 0.5]", "Float64Array.of(1, 0.5)"),
      same("BigInt64Array.of(1n)", "[1]", "BigInt64Array.of(1n)"),
    ],
  },
  {
    title: "Dicts",
    rows: [
      same("{ a: 1 }", "{'a': 1}", "{ a: 1 }"),
      same("{}", "{}", "{}"),
      same("{ a: undefined }", "{'a': None}", "{ a: null }"),
      same("JSON.parse('{\"__proto__\":1}')", "{'__proto__': 1}", '{ "__proto__": 1 }'),
      same('new Map([["a", 1]])', "{'a': 1}", 'new Map([["a", 1]])'),
      same("new Map()", "{}", "new Map()"),
      each(
        'new Map([[1, "a"]])',
        "{1: 'a'}",
        "{'1': 'a'}",
        "{1: 'a'}",
        "✗ ValueError: int is not allowed for map key…",
        'new Map([[1, "a"]])',
      ),
      each(
        'new Map([[1.5, "a"]])',
        "{1.5: 'a'}",
        "{'1.5': 'a'}",
        "{1.5: 'a'}",
        "✗ ValueError: float is not allowed for map key…",
        'new Map([[1.5, "a"]])',
      ),
      each(
        'new Map([[true, "a"]])',
        "{True: 'a'}",
        "{'true': 'a'}",
        "{True: 'a'}",
        "✗ ValueError: bool is not allowed for map key…",
        'new Map([[true, "a"]])',
      ),
      each(
        'new Map([[null, "a"]])',
        "✗ SerializeError: x.keys()[0]: None cannot be a dict key or set member in serpent",
        "{'null': 'a'}",
        "{None: 'a'}",
        "✗ ValueError: NoneType is not allowed for map key…",
        'new Map([[null, "a"]])',
      ),
      each(
        'new Map([[tuple(1, 2), "a"]])',
        "{(1, 2): 'a'}",
        "✗ SerializeError: x.keys()[0]: a tuple cannot be a dict key in json",
        "{(1, 2): 'a'}",
        "✗ ValueError: list is not allowed for map key…",
        'new Map([[tuple(1, 2), "a"]])',
      ),
      each(
        'new Map([[Uint8Array.of(107), "a"]])',
        "✗ SerializeError: x.keys()[0]: bytes cannot be a dict key or set member in serpent",
        "✗ SerializeError: x.keys()[0]: an instance of Uint8Array cannot be a dict key in json",
        "{b'k': 'a'}",
        "{b'k': 'a'}",
        'new Map([[Uint8Array.of(107), "a"]])',
      ),
      each(
        'new Map([[[1], "a"]])',
        "✗ SerializeError: x.keys()[0]: a list cannot be a dict key or set member in serpent",
        "✗ SerializeError: x.keys()[0]: a list cannot be a dict key in json",
        "✗ SerializeError: x.keys()[0]: in Python, the key of a dict cannot be a list; use a Tuple or a FrozenSet",
        "✗ ValueError: list is not allowed for map key…",
        'new Map([[[1], "a"]])',
      ),
    ],
  },
  {
    title: "Dates",
    rows: [
      each(
        'new Date("2024-02-29T12:30:00Z")',
        "'2024-02-29T12:30:00+00:00'",
        "'2024-02-29T12:30:00+00:00'",
        "'2024-02-29T12:30:00+00:00'",
        unless("datetime.datetime(2024, 2, 29, 21, 30)", {
          pyro4Argument: "ExtType(code=50, …",
        }),
        'new Date("2024-02-29T12:30:00.000Z")',
      ),
      each(
        'new Date("2024-02-29T12:30:00.250Z")',
        "'2024-02-29T12:30:00.250000+00:00'",
        "'2024-02-29T12:30:00.250000+00:00'",
        "'2024-02-29T12:30:00.250000+00:00'",
        unless("datetime.datetime(2024, 2, 29, 21, 30, 0, 250000)", {
          pyro4Argument: "ExtType(code=50, …",
        }),
        'new Date("2024-02-29T12:30:00.250Z")',
      ),
      each(
        "new Date(NaN)",
        "✗ SerializeError: x: a date that is invalid or not in the years 1 to 9999 cannot be sent",
        "✗ SerializeError: x: a date that is invalid or not in the years 1 to 9999 cannot be sent",
        "✗ SerializeError: x: a date that is invalid or not in the years 1 to 9999 cannot be sent",
        "✗ SerializeError: x: an invalid Date cannot be sent",
        "✗ SerializeError: x: an invalid Date cannot be sent",
      ),
      each(
        "new PlainDate(2024, 2, 29)",
        "'2024-02-29'",
        "'2024-02-29'",
        "'2024-02-29'",
        unless("datetime.date(2024, 2, 29)", {
          pyro4Argument: "ExtType(code=51, …",
        }),
        "new PlainDate(2024, 2, 29)",
      ),
    ],
  },
  {
    title: "Errors, references and instances",
    rows: [
      same(
        'new Error("no")',
        "RuntimeError('no')",
        'new RemoteError("builtins.RuntimeError", ["no"])',
      ),
      same(
        'new RangeError("no")',
        "ValueError('no')",
        'new RemoteValueError("builtins.ValueError", ["no"])',
      ),
      same(
        'new TypeError("no")',
        "TypeError('no')",
        'new RemoteTypeError("builtins.TypeError", ["no"])',
      ),
      same(
        'new RemoteError("builtins.KeyError", ["k", 42])',
        "KeyError('k', 42)",
        'new RemoteKeyError("builtins.KeyError", ["k", 42])',
      ),
      same(
        'new NamingError("ERR_NAME_UNKNOWN", "no")',
        "NamingError('no')",
        'new NamingError("ERR_NAME_UNKNOWN", …)',
      ),
      same(
        '[new RangeError("no")]',
        "[ValueError('no')]",
        '[new RemoteValueError("builtins.ValueError", ["no"])]',
      ),
      same(
        'parseUri("PYRO:laser@host:9999")',
        "URI('PYRO:laser@host:9999')",
        'parseUri("PYRO:laser@host:9999")',
      ),
      same(
        '[parseUri("PYRO:laser@host:9999")]',
        "[URI('PYRO:laser@host:9999')]",
        '[parseUri("PYRO:laser@host:9999")]',
      ),
      same("proxy", "Proxy('PYRO:laser@host:9999')", "Remote<PYRO:laser@host:9999>"),
      same("registered", "Proxy('PYRO:laser@host:9999')", "Remote<PYRO:laser@host:9999>"),
      same("new Point(1, 2)", "Point(1, 2)", "Point { x: 1, y: 2 }"),
      same("[new Point(1, 2)]", "[Point(1, 2)]", "[Point { x: 1, y: 2 }]"),
      same('{ x: 1, y: 2, __class__: "lab.Point" }', "Point(1, 2)", "Point { x: 1, y: 2 }"),
      same(
        '{ x: 1, __class__: "lab.Unknown" }',
        UNKNOWN_CLASS,
        '{ x: 1, __class__: "lab.Unknown" }',
      ),
    ],
  },
  {
    title: "The rest",
    rows: [
      each(
        "Ellipsis.value",
        "✗ SerializeError: x: Ellipsis cannot be sent by serpent",
        "✗ SerializeError: x: Ellipsis cannot be sent by json",
        "Ellipsis",
        "✗ SerializeError: x: msgpack has no Ellipsis",
        "Ellipsis.value",
      ),
      same(
        "new Unregistered()",
        "✗ SerializeError: x: an instance of Unregistered cannot be sent;…",
        "✗ SerializeError: x: an instance of Unregistered cannot be sent;…",
      ),
      // Python calls back at an address, which only what is passed in a call has.
      same(
        "() => 1",
        unless("✗ SerializeError: x: a function cannot be sent;…", {
          argument: "Proxy('PYRO:callback-ID@host:9999')",
        }),
        "Remote<callback N of host:9999>",
      ),
      same(
        'Symbol("s")',
        "✗ SerializeError: x: a symbol cannot be sent",
        "✗ SerializeError: x: a symbol cannot be sent",
      ),
      same(
        "Promise.resolve(1)",
        unless("1", { argument: "✗ SerializeError: x: a promise cannot be sent; await it first" }),
        unless("1", { argument: "✗ SerializeError: x: a promise cannot be sent; await it first" }),
      ),
      same(
        "/a/",
        "✗ SerializeError: x: an instance of RegExp cannot be sent;…",
        "✗ SerializeError: x: an instance of RegExp cannot be sent;…",
      ),
      same(
        'new URL("http://host/")',
        "✗ SerializeError: x: an instance of URL cannot be sent;…",
        "✗ SerializeError: x: an instance of URL cannot be sent;…",
      ),
      same(
        "circular",
        "✗ SerializeError: x[0]: circular, leads back to x",
        "✗ SerializeError: x[0]: circular, leads back to x",
      ),
      same(
        'new String("a")',
        "✗ SerializeError: x: an instance of String cannot be sent;…",
        "✗ SerializeError: x: an instance of String cannot be sent;…",
      ),
    ],
  },
];
