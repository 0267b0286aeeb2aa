// Does business with every bank that the name server knows. Run: node client.ts
import {
  connect,
  locateNameServer,
  type Remote,
  type RemoteError,
  RemoteKeyError,
  RemoteValueError,
} from "#bunsen";
import type { Bank } from "./banks.ts";

await using names = await locateNameServer();
const found = await names.list({ prefix: "example.banks." });
if (found.size === 0) throw new Error("there are no banks to do business with");

for (const uri of found.values()) {
  await using bank = await connect<Bank>(uri);
  for (const customer of ["Irmen", "Suzy"]) await doBusiness(bank, customer);
  console.log(`The accounts in the ${await bank.name()}:`, await bank.allAccounts());
}

async function doBusiness(bank: Remote<Bank>, customer: string): Promise<void> {
  console.log(`\n*** ${customer} is doing business with ${await bank.name()}:`);
  try {
    await bank.createAccount(customer);
  } catch (error) {
    if (!(error instanceof RemoteValueError)) throw error;
    console.log(`Failed: ${error.message}. Removing the account and trying again`);
    await bank.deleteAccount(customer);
    await bank.createAccount(customer);
  }
  await bank.deposit(customer, 200);
  await bank.deposit(customer, 500.75);
  await bank.withdraw(customer, 400);
  await failing("overdraw", bank.withdraw(customer, 400), RemoteValueError);
  console.log(`End balance=${(await bank.balance(customer)).toFixed(2)}`);
  await failing("withdraw from a non-existing account", bank.withdraw("GOD", 1), RemoteKeyError);
  await failing("delete a non-existing account", bank.deleteAccount("GOD"), RemoteKeyError);
}

async function failing(what: string, call: Promise<void>, expected: typeof RemoteError) {
  try {
    await call;
    console.log(`${what}: done`);
  } catch (error) {
    if (!(error instanceof expected)) throw error;
    console.log(`${what}: ${error.name}: ${error.message}`);
  }
}
