import { describe, expect, it } from 'vitest';
import { SteadyClock } from './clock.ts';

const start = Date.UTC(2026, 0);
const hour = 3_600_000;

/** A machine whose clocks the test turns by hand. */
function machine() {
  let elapsed = 0;
  let wall = start;
  const clock = new SteadyClock(
    () => wall,
    () => elapsed,
  );
  return {
    now: () => clock.now() - start,
    /** Time goes by, and the clock is asked all the while. */
    pass(ms: number): void {
      for (let gone = 0; gone < ms; gone += 100) {
        elapsed += 100;
        wall += 100;
        clock.now();
      }
    },
    /** The wall clock is set, or the machine sleeps. */
    set(by: number): void {
      wall += by;
    },
  };
}

describe("a server's wall clock [Q7.10]", () => {
  it('follows a step ahead once it has lasted, such as that of a machine that slept', () => {
    const { now, pass, set } = machine();
    pass(1000);
    set(3 * hour);
    expect(now(), 'not at once').toBe(1000);
    pass(2100);
    expect(now()).toBe(3 * hour + 3100);
  });

  it('does not follow a step ahead that is taken back', () => {
    const { now, pass, set } = machine();
    set(3 * hour);
    pass(1500);
    set(-3 * hour);
    pass(1500);
    set(3 * hour);
    pass(1500);
    expect(now()).toBe(4500);
  });

  it('follows no further than the wall clock was all the while', () => {
    const { now, pass, set } = machine();
    set(3 * hour);
    pass(1500);
    set(-2 * hour);
    pass(1500);
    expect(now()).toBe(hour + 3000);
  });

  it('never goes back', () => {
    const { now, pass, set } = machine();
    pass(1000);
    set(-hour);
    pass(10_000);
    expect(now()).toBe(11_000);
  });
});
