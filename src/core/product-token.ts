const pattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text is a GUID with hyphens, as product tokens are (contract §2.1). */
export function isProductToken(text: string): boolean {
  return pattern.test(text);
}
