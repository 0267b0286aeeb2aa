import { expose, RemoteError } from "#bunsen";

class Account {
  balance = 0;
  deposit(amount: number): void {
    this.balance += amount;
  }
  withdraw(amount: number): void {
    this.balance -= amount;
  }
}

class RestrictedAccount extends Account {
  override withdraw(amount: number): void {
    if (amount > this.balance) throw new RangeError("insufficent balance"); // Python's ValueError
    super.withdraw(amount);
  }
}

export abstract class Bank {
  readonly #accounts = new Map<string, Account>();

  abstract name(): string; // not there yet at run time: the banks below expose it
  protected abstract newAccount(): Account;

  createAccount(name: string): void {
    if (this.#accounts.has(name)) throw new RangeError("Account already exists");
    this.#accounts.set(name, this.newAccount());
  }
  deleteAccount(name: string): void {
    this.#account(name);
    this.#accounts.delete(name);
  }
  deposit(name: string, amount: number): void {
    this.#account(name).deposit(amount);
  }
  withdraw(name: string, amount: number): void {
    this.#account(name).withdraw(amount);
  }
  balance(name: string): number {
    return this.#account(name).balance;
  }
  allAccounts(): Record<string, number> {
    return Object.fromEntries([...this.#accounts].map(([name, { balance }]) => [name, balance]));
  }

  #account(name: string): Account {
    const account = this.#accounts.get(name);
    // JavaScript has no KeyError; this is what callers in Python are used to catch.
    if (!account) throw new RemoteError("builtins.KeyError", ["unknown account"]);
    return account;
  }
}
expose(Bank, {
  createAccount: true,
  deleteAccount: true,
  deposit: true,
  withdraw: true,
  balance: true,
  allAccounts: true,
});

export class Rabobank extends Bank {
  override name(): string {
    return "Rabobank";
  }
  protected override newAccount(): Account {
    return new Account();
  }
}
expose(Rabobank, { name: true });

export class ABN extends Bank {
  override name(): string {
    return "ABN bank";
  }
  protected override newAccount(): Account {
    return new RestrictedAccount();
  }
}
expose(ABN, { name: true });
