import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import { HostNames, localhostAliases, ownAddresses } from "../../../src/msl/manager/hosts.ts";

describe("the names of those who connect", () => {
  it.each(["127.0.0.1", "127.0.0.5", "::1"])("are this computer's for %s", async (address) => {
    expect(await new HostNames().hostAt(address)).toEqual({
      address,
      domain: "localhost",
      name: "localhost",
      shown: hostname(),
    });
  });

  it.each(ownAddresses("IPv4"))("are this computer's for its own address %s", async (address) => {
    const { name, shown } = await new HostNames().hostAt(address);
    if (localhostAliases().has(name)) expect(shown).toBe(hostname());
    else expect(shown).toBe(name);
  });

  it("are the text itself where it is no address, however often", async () => {
    const names = new HostNames();
    for (let turn = 0; turn < 5; turn++) {
      expect(await names.hostAt(`a closed connection ${turn}`)).toMatchObject({
        domain: `a closed connection ${turn}`,
      });
    }
    expect(await names.hostAt("127.0.0.1")).toMatchObject({ domain: "localhost" });
  });

  it("are looked up for two at a time; more are called by their addresses", async () => {
    const names = new HostNames();
    // TEST-NET-1, which no host has.
    const found = await Promise.all([1, 2, 3].map((last) => names.hostAt(`192.0.2.${last}`)));
    expect(found.map(({ address }) => address)).toEqual(["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
    expect(found[2]).toMatchObject({ domain: "192.0.2.3", name: "192.0.2.3" });
  });
});
