// Publishes the weather, over and over. Run: node publisher.ts [CITY]
import { setTimeout as sleep } from "node:timers/promises";
import { CommunicationError, NamingError, tuple } from "#bunsen";
import { connectToBus } from "./messagebus/messagebus.ts";

const WEATHER = "sunny cloudy storm rainy hail thunder calm mist cold hot".split(" ");

const [location = "Amsterdam"] = process.argv.slice(2);
const bus = await connectToBus();
await bus.add_topic("weather-forecast");

for (;;) {
  await sleep(10);
  const forecast = tuple(location, WEATHER[Math.floor(Math.random() * WEATHER.length)]);
  console.log("Forecast:", ...forecast);
  try {
    await bus.send("weather-forecast", forecast);
  } catch (error) {
    if (!(error instanceof CommunicationError || error instanceof NamingError)) throw error;
    console.log("connection to the messagebus is lost, the next message will try again");
    await sleep(1000);
  }
}
