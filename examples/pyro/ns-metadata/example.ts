// Yellow pages: what is registered with metadata is found by it. Needs a name server. Run: node example.ts
import { connect, Daemon, locateNameServer, type NameRecord, typeMeta, uriOf } from "#bunsen";
import {
  DiskStorage,
  Faxmachine,
  LaserPrinter,
  MatrixPrinter,
  PhotoPrinter,
  type Resource,
  TapeStorage,
  Telephone,
} from "./resources.ts";

const DEVICES = [
  { device: new LaserPrinter(), tags: ["resource:printer", "performance:fast"] },
  { device: new MatrixPrinter(), tags: ["resource:printer", "performance:slow"] },
  { device: new PhotoPrinter(), tags: ["resource:printer", "performance:slow"] },
  { device: new TapeStorage(), tags: ["resource:storage", "performance:slow"] },
  { device: new DiskStorage(), tags: ["resource:storage", "performance:fast"] },
  { device: new Telephone(), tags: ["resource:communication"] },
  { device: new Faxmachine(), tags: ["resource:communication"] },
];

await using daemon = new Daemon();
await daemon.listen("pyro://localhost:0");
await using names = await locateNameServer();
for (const { device, tags } of DEVICES) {
  const id = device.kind().toLowerCase();
  const { uri } = daemon.register(id, device);
  const metadata = [...typeMeta(device), ...tags]; // its classes, and what else is said of it
  await names.register(`example.resource.${id}`, uri, { metadata });
}

const { metadata } = await names.lookupWithMetadata("example.resource.laserprinter");
if (metadata.size === 0) throw new Error("this name server stores no metadata: check its storage");

for (const record of await names.listWithMetadata()) {
  console.log(record.name);
  console.log("   uri:", `${record.uri}`);
  console.log("   meta:", [...record.metadata].join(", "));
}

show("all storage", await names.find({ all: ["resource:storage"] }));
const fastPrinters = ["resource:printer", "performance:fast"];
show("all FAST printers", await names.find({ all: fastPrinters }));
const either = ["resource:storage", "resource:communication"];
show("all storage OR communication devices", await names.find({ any: either }));

const photoprinter = "example.resource.photoprinter";
const { metadata: tags } = await names.lookupWithMetadata(photoprinter);
const upgraded = [...tags].filter((tag) => tag !== "performance:slow");
await names.setMetadata(photoprinter, [...upgraded, "performance:fast"]);
show("all FAST printers (after photoprinter upgrade)", await names.find({ all: fastPrinters }));
show("all resource types", await names.find({ all: ["class:Resource"] }));

// The same as a URI: any object that has all of these tags. A name server has tags of its own.
const { metadata: own } = await names.lookupWithMetadata("Pyro.NameServer");
await using anyNameServer = await connect<{ ping(): void }>(`PYROMETA:${[...own].join(",")}`);
await anyNameServer.ping();
console.log("any name server:", uriOf(anyNameServer));
await using printer = await connect<Resource>("PYROMETA:resource:printer,performance:slow");
console.log("any slow printer:", uriOf(printer), "which is a", await printer.kind());

function show(what: string, found: readonly NameRecord[]): void {
  console.log(`\n${what}:`);
  for (const { name, uri } of found) console.log(`   ${name} -> ${uri}`);
}
