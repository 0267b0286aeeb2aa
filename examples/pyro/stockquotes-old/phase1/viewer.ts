export class Viewer {
  quote(market: string, symbol: string, value: number): void {
    console.log(`${market}.${symbol}: ${value}`);
  }
}
