// The runtime asks for memory that may grow to 4 GiB, also with one thread, and a phone may refuse
// to reserve that much. What is here runs in workers, before the runtime is loaded.

const PAGES_PER_MIB = 16; // of 64 KiB
// The largest network of the main space runs in 512 MiB, the smallest published one in 32.
const CHOICES = [1024, 512, 256, 128, 64].map((mib) => mib * PAGES_PER_MIB);
const START_PAGES = 256; // what the runtime begins with

// The most pages that this browser reserves now; throws where it refuses even the least.
export function reservablePages() {
  for (const maximum of CHOICES) {
    try {
      new WebAssembly.Memory({ initial: START_PAGES, maximum, shared: true });
      return maximum;
    } catch (problem) {
      if (maximum === CHOICES.at(-1)) throw problem;
    }
  }
}

// Let no memory be asked for that may grow beyond so many pages.
export function clampMemory(pages) {
  WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
    construct(target, [limits]) {
      const maximum = Math.min(limits.maximum ?? pages, pages);
      return Reflect.construct(target, [{ ...limits, maximum }]);
    },
  });
}
