/** The lines that `bunsen demo` prints, ready to paste. README.md shows them, and tests run them. */
export interface Snippets {
  readonly python5: string;
  readonly python4: string;
  readonly typescript: string;
  readonly shell: string;
}

/** @param at - `host:port` of the name server. */
export function snippets(at: string): Snippets {
  return {
    python5: `\
import Pyro5.api

thermostat = Pyro5.api.Proxy("PYRONAME:demo.thermostat@${at}")
thermostat.setpoint = 25
print(thermostat.read(1), thermostat.unit)
for sample in thermostat.samples(3):
    print(sample)
try:
    thermostat.read(-1)
except ValueError as error:
    print(error)`,
    python4: `\
import Pyro4

thermostat = Pyro4.Proxy("PYRONAME:demo.thermostat@${at}")
thermostat.setpoint = 25
print(thermostat.read(1), thermostat.unit)
for sample in thermostat.samples(3):
    print(sample)
try:
    thermostat.read(-1)
except ValueError as error:
    print(error)`,
    typescript: `\
import { assign, connect, RemoteValueError } from "bunsen";

interface Thermostat {
  setpoint: number;
  readonly unit: string;
  read(channel: number): number;
  samples(count: number): AsyncIterable<number>;
}

await using thermostat = await connect<Thermostat>("PYRONAME:demo.thermostat@${at}");
await assign(thermostat, { setpoint: 25 });
console.log(await thermostat.read(1), await thermostat.unit);
for await (const sample of thermostat.samples(3)) console.log(sample);
try {
  await thermostat.read(-1);
} catch (error) {
  if (error instanceof RemoteValueError) console.log(error.message);
}`,
    shell: `\
bunsen call PYRONAME:demo.thermostat@${at} read 1
bunsen call PYRONAME:demo.scope@${at} waveform points=5
bunsen call PYRONAME:demo.spectrometer@${at} peaks
bunsen call PYRONAME:demo.ticker@${at} query
bunsen describe PYRONAME:demo.thermostat@${at}
bunsen repl PYRONAME:demo.thermostat@${at}`,
  };
}
