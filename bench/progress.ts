/** Shows in place what is being done, to people at a terminal and nobody else. */
export function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** Makes room for a line that stays. */
export function clearProgress(): void {
  showProgress('');
}
