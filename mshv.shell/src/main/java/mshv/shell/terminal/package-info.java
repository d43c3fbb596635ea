/**
 * Where a guest's console meets a person or a pipe: reading without waiting, raw mode, and the terminal's settings given back whatever happens.
 * The guest's side is in {@link mshv.shell.guest}.
 */
package mshv.shell.terminal;
