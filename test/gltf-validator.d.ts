/** The part that is used here; the package has no types of its own. */
declare module 'gltf-validator' {
  interface Issues {
    numErrors: number;
    numWarnings: number;
    /** severity 0: error, 1: warning, 2: information, 3: hint */
    messages: { code: string; message: string; severity: number; pointer?: string }[];
  }
  export function validateBytes(data: Uint8Array, options?: { maxIssues?: number }): Promise<{ issues: Issues }>;
}
