/** The package that speaks the Model Context Protocol. It is an optional part: only who uses tools needs it. */
export type Sdk = typeof import('@modelcontextprotocol/server');

/** The package, when it is installed; null when it is not. */
export async function loadSdk(): Promise<Sdk | null> {
  try {
    return await import('@modelcontextprotocol/server');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}
