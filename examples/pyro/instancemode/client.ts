// Which instance answers? Run: node client.ts
import { connect } from "#bunsen";

interface Numbered {
  msg(message: string): unknown;
}

for (const mode of ["percall", "session", "single"]) {
  console.log(`----- ${mode} -----`);
  for (const hello of ["hello1", "hello2"]) {
    await using object = await connect<Numbered>(`PYRONAME:instance.${mode}`);
    // One after the other, on one connection.
    console.log(await object.msg(hello), await object.msg(hello), await object.msg(hello));
  }
}
